"""What is found about a scenario while it runs."""

from mockcloud.vocabulary.codes.code import FindingCode

SCENARIO = (
    FindingCode(
        "scenario.call.failed",
        "The code behind a rule did not answer",
        "A rule has its events answered by code (`then: {call: URL}`), and no answer came of it: nobody listens there, "
        "it took longer than `behaviour.extension_patience`, its status was neither 200 nor 204, or its body is "
        "not JSON. The device's event was answered with 204.",
        "The finding names the rule and says what came instead. See the log of that program.",
    ),
    FindingCode(
        "scenario.call.answer",
        "The code behind a rule answered something that cannot be sent",
        "A rule has its events answered by code (`then: {call: URL}`). An entry of its list is not a directive, or one "
        "that the catalogue refuses. It was left out; the other entries were sent.",
        "The finding names the URL, the place in the list and what was expected there.",
    ),
    FindingCode(
        "scenario.expression",
        "An expression of a scenario has no value",
        "A rule took the event, but what stands between `${` and `}` in a directive of it could not be worked out. "
        "The directive was not sent.",
        "The finding names the rule and the expression. "
        "Give what may be missing a default: `${event.payload.x|default('')}`.",
    ),
)
