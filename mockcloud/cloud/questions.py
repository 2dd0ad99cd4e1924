"""Questions to the user: a Speak with ExpectSpeech, and the request that answers it (C-086..C-089, C-094).

A question is found by its ``speechId``. It lapses silently: no event says that nobody answered.
"""

import re
from collections.abc import Sequence

from mockcloud.clock import MILLISECOND
from mockcloud.cloud.accounts import Account, Device, Question
from mockcloud.cloud.turn import Turn
from mockcloud.nlu.text import normalise
from mockcloud.vocabulary import Finding
from mockcloud.vocabulary.replies import Outgoing, Reply, speak
from mockcloud.wire.messages import Json

_YES = re.compile(
    "(?:응|어|네|예|그래|그래요|좋아|좋아요|맞아|맞아요|해줘|해|はい|うん|ええ|お願いします|お願い"
    "|yes|yeah|yep|ok|okay|sure|please)+"
)
_NO = re.compile(
    "(?:아니|아니요|아니오|아뇨|싫어|하지마|취소|취소해줘|그만|いいえ|いや|やめて|キャンセル|no|nope|cancel|thanks)+"
)
_LEFT = {"ko": "네, 그대로 둘게요.", "ja": "わかりました。そのままにします。", "en": "All right, I leave it as it is."}


def ask(
    turn: Turn, said: str, *, explicit: bool = True, words: str = "", consent: Sequence[Outgoing] = ()
) -> tuple[Outgoing, ...]:
    """Ask the user: Speak and ExpectSpeech.

    ``words`` is a request that lacks something: the answer is put behind it, and it is tried again. ``consent`` is
    what is done if the answer is yes.
    """
    account = turn.account
    timeout = account.question_timeout(turn.device)
    question = Question(
        account.ids.uuid(),
        explicit,
        _lapses_at(account, account.clock.at(turn.now), timeout),
        turn.event.dialog_request_id,
        words,
        tuple(consent),
    )
    _add(turn.device, question, account.clock.at(turn.now))
    payload = {
        "expectSpeechId": question.expect_speech_id,
        "explicit": explicit,
        "timeoutInMilliseconds": timeout // MILLISECOND,
    }
    return (speak(said, turn.lang), Outgoing("SpeechRecognizer.ExpectSpeech", payload))


def note_sent(account: Account, device: Device, payload: Json, dialog_request_id: str | None, at: int) -> None:
    """An ExpectSpeech has been sent, by whomever: its answer is known from now on."""
    known = device.questions.get(payload["expectSpeechId"])
    lapses_at = _lapses_at(account, at, int(payload["timeoutInMilliseconds"]) * MILLISECOND)
    question = known or Question(payload["expectSpeechId"], payload["explicit"], lapses_at)
    question.lapses_at, question.dialog_request_id = lapses_at, dialog_request_id
    _add(device, question, at)


def _lapses_at(account: Account, at: int, timeout: int) -> int:
    return at + timeout + account.settings.behaviour.question_grace


def _add(device: Device, question: Question, at: int) -> None:
    """Keep it, and forget those that have lapsed long ago."""
    day = 86_400_000 * MILLISECOND
    device.questions = {name: one for name, one in device.questions.items() if one.lapses_at + day > at}
    device.questions[question.expect_speech_id] = question


def take(turn: Turn) -> tuple[Finding, ...]:
    """Find the question that this Recognize answers by its ``speechId`` and put it into the turn (C-088, C-094).

    Returns what does not fit; without a fitting question the event is a new request.
    """
    speech_id = turn.text("speechId")
    if not speech_id:
        return ()
    question = turn.device.questions.pop(speech_id, None)
    if question is None:
        said = f"speechId {speech_id!r} answers no question that was asked; this is taken as a new request"
        return (_find("order.answer.unasked", said, "speechId", "C-088"),)
    if turn.account.clock.at(turn.now) > question.lapses_at:
        said = "the question had lapsed when this answer came; it is taken as a new request"
        return (_find("order.answer.late", said, "speechId", "C-089"),)
    findings = tuple(_mismatches(turn, question))
    if not findings or turn.account.settings.behaviour.question_mismatch == "continue":
        turn.question = question
    return findings


def _mismatches(turn: Turn, question: Question) -> list[Finding]:
    findings = []
    given = turn.event.dialog_request_id
    if question.dialog_request_id is not None and given != question.dialog_request_id:
        said = f"the answer has the dialogRequestId {given!r}, the question {question.dialog_request_id!r}"
        findings.append(
            Finding("order.answer.dialog", said, "event.header.dialogRequestId", ("C-088",), severity="warning")
        )
    if turn.payload.get("explicit") is not question.explicit:
        said = f"explicit is {turn.payload.get('explicit')!r}, in the question {question.explicit!r}"
        findings.append(_find("order.answer.explicit", said, "explicit", "C-088"))
    return findings


def _find(code: str, said: str, member: str, because: str) -> Finding:
    return Finding(code, said, f"event.payload.{member}", (because,), severity="warning")


def consented(turn: Turn) -> Reply | None:
    """The reply to an answer that is a yes or a no (C-139); ``None`` if it is neither, or nothing of that was asked."""
    question, heard = turn.question, normalise(turn.words or "")
    if question is None or not question.consent:
        return None
    if _YES.fullmatch(heard):
        return Reply(question.consent, "question", ("C-088", "C-139"))
    if _NO.fullmatch(heard):
        return Reply((speak(_LEFT[turn.lang], turn.lang),), "question", ("C-088", "C-139"))
    return None
