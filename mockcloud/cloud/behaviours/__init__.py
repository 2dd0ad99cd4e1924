"""What the specification itself says an event is answered with: one module an interface, each a table.

A behaviour takes a `Turn` and returns a `Reply`; the words of an utterance are not its business
(`mockcloud.cloud.assistant`).
"""

from collections.abc import Callable

from mockcloud.cloud.behaviours import (
    alerts,
    audio_player,
    device_control,
    playback_controller,
    speech_synthesizer,
    system,
)
from mockcloud.cloud.turn import Turn
from mockcloud.vocabulary.replies import Reply

Behaviour = Callable[[Turn], Reply]

TABLE: dict[str, Behaviour] = {
    f"{module.NAMESPACE}.{name}": behaviour
    for module in (alerts, audio_player, device_control, playback_controller, speech_synthesizer, system)
    for name, behaviour in module.TABLE.items()
}
