"""What is found about the body of a request: its multipart framing, its audio."""

from mockcloud.vocabulary.codes.code import FindingCode

FRAMING = tuple(
    FindingCode(f"multipart.{name}", title, meaning, cure, ("C-058",))
    for name, title, meaning, cure in (
        (
            "bare-lf",
            "Lines end with LF alone",
            "Lines of a multipart message end with CR LF. Shipping devices send LF alone, so it is taken.",
            "End every line of the framing with CR LF.",
        ),
        (
            "no-closing-delimiter",
            "The closing delimiter is missing",
            "A multipart message ends with `--boundary--`. The request ended without it, and its end was taken for it.",
            "Send CR LF and `--boundary--` after the last part.",
        ),
        (
            "text-before-first-delimiter",
            "There is text before the first delimiter",
            "A multipart message begins with `--boundary`. What stands before it is ignored.",
            "Begin the body with the delimiter.",
        ),
        (
            "text-after-end",
            "There is text after the closing delimiter",
            "A multipart message is over after `--boundary--`. What follows is ignored.",
            "End the request with the closing delimiter.",
        ),
        (
            "blank-line-before-delimiter",
            "A blank line stands before a delimiter",
            "The line break before a delimiter belongs to it. One more became part of the body.",
            "Put one CR LF between the body of a part and the delimiter.",
        ),
        (
            "part-without-headers",
            "A part has no headers",
            "Each part says by its headers what it is. One without was told by its place.",
            "Send Content-Disposition and Content-Type with each part.",
        ),
        (
            "folded-header",
            "A header of a part goes over several lines",
            "A header line that begins with a blank continues the one before. That form is obsolete, and was taken.",
            "Write each header in one line.",
        ),
        (
            "non-ascii-header",
            "A header of a part is not ASCII",
            "Header lines are ASCII. Other bytes were read as Latin-1.",
            "Write headers in ASCII.",
        ),
        (
            "blanks-after-delimiter",
            "Blanks follow a delimiter",
            "A delimiter is a whole line. Blanks at its end were ignored.",
            "End the line right after the boundary.",
        ),
        (
            "long-boundary",
            "The boundary is longer than 70 characters",
            "RFC 2046 allows a boundary 70 characters. This one was taken all the same.",
            "Use a shorter boundary.",
        ),
    )
)

AUDIO = (
    FindingCode(
        "audio.header",
        "The audio has the header of a file",
        "Audio is bare linear PCM: 16 bit, 16 kHz, mono, little endian. "
        "This upload begins like a WAV, Ogg, FLAC, MP3 or AMR file, whose header is heard as noise.",
        "Send the samples alone, decoded, without a file header.",
        ("D-066",),
    ),
    FindingCode(
        "audio.missing",
        "A Recognize has no audio",
        "What the user says follows the metadata in the same request. The request ended without any.",
        "Send the audio as it comes, in a part named `audio`.",
        ("D-063",),
    ),
    FindingCode(
        "audio.pre-roll",
        "The audio begins too late before the wake word",
        "The audio of a request that was begun by a wake word starts 300 ms, 4,800 samples, before it. "
        "`startIndexInSamples` is less than that. 0 is accepted.",
        "Keep the last 300 ms of what the microphone hears, and send them first.",
        ("D-073",),
    ),
    FindingCode(
        "audio.wake-word",
        "The wake word is not in the audio",
        "`indices` count in the samples of the audio sent, and the audio includes the wake word. It ended before "
        "`endIndexInSamples`: less audio has come.",
        "Send the audio from 300 ms before the wake word on, and count from its first sample.",
        ("D-072", "D-073"),
    ),
    FindingCode(
        "audio.after-stop-capture",
        "Audio comes long after StopCapture",
        "On StopCapture a device stops recording at once. Two seconds later audio still came; it is ignored.",
        "Stop recording, send the closing delimiter and END_STREAM.",
        ("D-074",),
    ),
    FindingCode(
        "audio.odd",
        "The audio has an odd number of bytes",
        "A sample has two bytes. With an odd number one is missing, or all samples after some point are shifted.",
        "Send whole samples, and look for a byte lost on the way.",
        ("D-066",),
    ),
)
