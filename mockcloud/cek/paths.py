"""Where the device listener serves account linking. Apart from `linking`, since every server needs it at its start."""

REDIRECT_PATH = "/v1/al/token"
"""Where users come back to, with or without a slash behind it (K-143)."""
OFFICIAL = "https://prod-ni-cic.clova.ai"
"""Where that is in production."""
BUILT_IN_PATH = "/al/"
"""Below it stands the built-in authorization server of every extension (K-149)."""
