"""What the specification itself says an event is answered with: one module an interface, each a table.

A behaviour takes a `Turn` and returns a `Reply`, or `Words` if the event stands for an utterance; the words of an
utterance are not its business (`mockcloud.cloud.assistant`).
"""

from collections.abc import Callable

from mockcloud.cloud.behaviours import (
    alerts,
    audio_player,
    clova,
    device_control,
    playback_controller,
    speech_recognizer,
    speech_synthesizer,
    system,
    template_runtime,
)
from mockcloud.cloud.turn import Turn, Words
from mockcloud.vocabulary.replies import Reply

Behaviour = Callable[[Turn], Reply | Words]

_MODULES = (
    alerts,
    audio_player,
    clova,
    device_control,
    playback_controller,
    speech_recognizer,
    speech_synthesizer,
    system,
    template_runtime,
)

TABLE: dict[str, Behaviour] = {
    f"{module.NAMESPACE}.{name}": behaviour for module in _MODULES for name, behaviour in module.TABLE.items()
}
