"""The pages of account linking that people see in a browser: log in, and what became of it.

No scripts, nothing from elsewhere, nothing that tells another site where the user comes from: the URLs hold codes.
"""

import html
from collections.abc import Iterable

from mockcloud.cloud.extensions.extension import Extension
from mockcloud.settings import Lang
from mockcloud.vocabulary import Headers
from mockcloud.vocabulary.value import Value
from mockcloud.wire.http import WebResponse

USERS = ("minsu", "yuki", "alex")
"""Whom one can log in as with one click."""

HEADERS: Headers = (
    ("content-type", "text/html; charset=utf-8"),
    ("cache-control", "no-store"),
    ("referrer-policy", "no-referrer"),
    ("x-content-type-options", "nosniff"),
    (
        "content-security-policy",
        "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'",
    ),
)


class _Words(Value, frozen=True):
    linked: str
    not_linked: str
    close: str
    log_in: str
    wants: str
    other: str
    allow: str
    deny: str


_WORDS: dict[Lang, _Words] = {
    "ko": _Words(
        "계정이 연결되었습니다",
        "계정을 연결하지 못했습니다",
        "이 창을 닫아도 됩니다.",
        "로그인",
        "다음 권한을 요청합니다",
        "다른 사용자",
        "허용",
        "거부",
    ),
    "ja": _Words(
        "アカウントが連携されました",
        "アカウントを連携できませんでした",
        "このウィンドウを閉じてください。",
        "ログイン",
        "次の権限を求めています",
        "ほかのユーザー",
        "許可する",
        "拒否する",
    ),
    "en": _Words(
        "The account is linked",
        "The account is not linked",
        "You may close this window.",
        "Log in",
        "asks for these permissions",
        "another user",
        "Allow",
        "Deny",
    ),
}
_STYLE = (
    "body{font:1rem/1.5 system-ui,sans-serif;max-width:28rem;margin:3rem auto;padding:0 1rem}"
    "label{display:block;padding:.3rem 0}button{font:inherit;padding:.5rem 1.5rem;margin:1rem .5rem 0 0}"
    "small{color:#666}"
)


def after_login(status: int, extension: Extension | None, said: str = "") -> WebResponse:
    """What a user sees in the end: linked (200), or why not."""
    lang: Lang = extension.lang if extension is not None else "en"
    words = _WORDS[lang]
    title = words.linked if status == 200 else words.not_linked
    name = f"<p>{html.escape(extension.name)}</p>" if extension is not None else ""
    more = f"<p>{html.escape(said)}</p>" if said else ""
    return _page(status, lang, title, f"{name}{more}<p>{words.close}</p>")


def log_in(extension: Extension, scopes: Iterable[str]) -> WebResponse:
    """Choose a user, allow or deny. The form is posted to the URL that the page has."""
    words = _WORDS[extension.lang]
    users = "".join(
        f'<label><input type="radio" name="user" value="{user}"{" checked" if user == USERS[0] else ""}> {user}</label>'
        for user in USERS
    )
    asked = "".join(f"<li>{html.escape(scope)}</li>" for scope in scopes)
    wants = f"<p>{html.escape(extension.name)}: {words.wants}</p><ul>{asked}</ul>" if asked else ""
    return _page(
        200,
        extension.lang,
        f"{words.log_in} · {extension.name}",
        f'{wants}<form method="post">{users}'
        f'<label>{words.other}: <input name="other" autocomplete="off"></label>'
        f'<button name="decision" value="allow">{words.allow}</button>'
        f'<button name="decision" value="deny">{words.deny}</button></form>',
    )


def refused(extension: Extension, said: str) -> WebResponse:
    """The login page will not send anybody anywhere."""
    words = _WORDS[extension.lang]
    return _page(400, extension.lang, words.not_linked, f"<p>{html.escape(said)}</p>")


def _page(status: int, lang: str, title: str, body: str) -> WebResponse:
    title = html.escape(title)
    text = (
        f'<!doctype html><html lang="{lang}"><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width,initial-scale=1"><title>{title}</title>'
        f"<style>{_STYLE}</style><h1>{title}</h1>{body}<p><small>mockcloud</small></p></html>"
    )
    return WebResponse(status, HEADERS, text.encode())
