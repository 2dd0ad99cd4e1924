"""What is shown, started and offered beside what is spoken (C-176..C-186)."""

from collections.abc import Mapping, Sequence
from typing import Any

from mockcloud.cloud.turn import Turn
from mockcloud.vocabulary.replies import Outgoing, speak


def tell(turn: Turn, said: str, template: Mapping[str, Any] | None = None) -> tuple[Outgoing, ...]:
    """Speak it; on a display show it as text, and its template if there is one (C-176, C-177, C-186)."""
    shown: tuple[Outgoing, ...] = ()
    if turn.has_display:
        shown = (Outgoing("Clova.RenderText", {"text": said}),)
        if template is not None:
            shown += (Outgoing("Clova.RenderTemplate", template),)
    return (speak(said, turn.lang), *shown)


def help_page() -> tuple[Outgoing, ...]:
    """The device's own help (C-178)."""
    return (Outgoing("Clova.Help"),)


def launch(targets: Sequence[tuple[str, str]]) -> tuple[Outgoing, ...]:
    """Open the first of these that works: pairs of URI and title (C-179)."""
    return (Outgoing("Clova.LaunchURI", {"targets": [{"uri": uri, "title": title} for uri, title in targets]}),)


def start_extension(name: str) -> Outgoing:
    """The user begins to use an extension (C-180)."""
    return Outgoing("Clova.StartExtension", {"extension": name})


def finish_extension(name: str) -> Outgoing:
    """The use of an extension ends (C-181)."""
    return Outgoing("Clova.FinishExtension", {"extension": name})


def login_first(turn: Turn, service: str) -> tuple[Outgoing, ...]:
    """ExpectLogin instead of the result, if a guest asks for a service that needs an account (C-184, C-185)."""
    if turn.device.guest and service in turn.account.settings.behaviour.login_needed:
        return (Outgoing("Clova.ExpectLogin"),)
    return ()
