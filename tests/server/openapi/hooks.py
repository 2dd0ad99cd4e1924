"""Read by Schemathesis (SCHEMATHESIS_HOOKS): nothing waits for a day, and the account ``default`` stays."""

from typing import Any

import schemathesis

DEFAULT = "default"
LONGEST_WAIT_MS = 1
WAITS = {"waitForEntries": "timeout_ms", "pushDirective": "wait_ms"}


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: Any) -> None:
    """Shorten waits that are right, and spare what later cases need."""
    operation = case.operation.definition.raw.get("operationId", "")
    member = WAITS.get(operation, "")
    if member and isinstance(case.body, dict):
        asked = case.body.get(member, LONGEST_WAIT_MS + 1)
        if type(asked) is int and LONGEST_WAIT_MS < asked <= 24 * 60 * 60 * 1000:
            case.body = {**case.body, member: LONGEST_WAIT_MS}
    if operation == "deleteAccount" and case.path_parameters.get("account") == DEFAULT:
        case.path_parameters["account"] = "nobody"
