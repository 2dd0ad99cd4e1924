"""The intents that every extension has without declaring them (K-031, K-032): ``data/intents.<lang>.txt``."""

from functools import lru_cache
from pathlib import Path

from mockcloud.nlu.model import Intent, read_model

BUILTIN_INTENT_PREFIX = "Clova."
"""How the names of all of them begin, and of no other."""
GUIDE = "Clova.GuideIntent"
CANCEL = "Clova.CancelIntent"
YES = "Clova.YesIntent"
NO = "Clova.NoIntent"
ANSWER_INTENTS = (GUIDE, CANCEL, YES, NO)
"""In both editions (K-031)."""
PLAYER_INTENTS = (
    "Clova.NextIntent",
    "Clova.PauseIntent",
    "Clova.PreviousIntent",
    "Clova.RequestAlternativesIntent",
    "Clova.ResumeIntent",
    "Clova.StopIntent",
)
"""Of the newer edition, while audio plays or a session is open (K-032)."""
FALLBACK = "Clova.FallbackIntent"
"""What the living platform sends when nothing fits, if the developer chose it. It has no examples: a miss is one."""


@lru_cache(maxsize=8)
def builtin_intents(lang: str, *, player: bool = True) -> tuple[Intent, ...]:
    """Those of a language, without slots; ``player``: with those for audio."""
    file = Path(__file__).parent / "data" / f"intents.{lang}.txt"
    intents = read_model("intents", lang, file.read_text("utf-8"), file.name).intents
    return tuple(intent for intent in intents if player or intent.name in ANSWER_INTENTS)
