"""Text as it is compared: without blanks, punctuation, width and case."""

import unicodedata
from functools import lru_cache


@lru_cache(maxsize=4096)
def normalise(text: str) -> str:
    """``"오늘 날씨, 어때?"`` -> ``"오늘날씨어때"``: NFKC, case folded, letters, marks and digits only."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(char for char in folded if unicodedata.category(char)[0] in "LMN")
