"""What is found about a message because of those before it."""

from mockcloud.vocabulary.codes.code import EITHER, WARNING, FindingCode

ORDER = (
    FindingCode(
        "order.answer.unasked",
        "An answer to a question that was never asked",
        "`speechId` is the `expectSpeechId` of the ExpectSpeech that a request answers. No open question has this one. "
        "The request is taken as a new one.",
        "Send `speechId` only with the request that answers an ExpectSpeech, and exactly as it was received.",
        ("C-088", "C-094"),
        WARNING,
    ),
    FindingCode(
        "order.answer.late",
        "An answer to a question that has lapsed",
        "A question waits for `timeoutInMilliseconds` and a grace (setting `behaviour.question_grace`). "
        "The request is taken as a new one.",
        "Listen for the time that ExpectSpeech gives; after that send no `speechId`.",
        ("C-089",),
        WARNING,
    ),
    FindingCode(
        "order.answer.dialog",
        "An answer under another dialogRequestId than its question",
        "The request that answers an ExpectSpeech belongs to the same dialog. It is accepted all the same.",
        "Send the `dialogRequestId` that came with ExpectSpeech.",
        ("C-088",),
        WARNING,
    ),
    FindingCode(
        "order.answer.explicit",
        "An answer with another value of explicit than its question",
        "`explicit` comes back as it was sent with ExpectSpeech. The answer is accepted all the same.",
        "Send the `explicit` that came with ExpectSpeech.",
        ("C-088", "C-094"),
        WARNING,
    ),
    FindingCode(
        "order.delegation.unknown",
        "There is no such delegated request",
        "`delegationId` comes back exactly as HandleDelegatedEvent brought it, once, from the device that got it. "
        "The event is answered with 204; strict refuses it.",
        "Send ProcessDelegatedEvent once for each HandleDelegatedEvent, with its `delegationId`.",
        ("D-185", "C-160"),
    ),
    FindingCode(
        "order.device.unknown",
        "The account has no such device",
        "`deviceId` names another device of the account. Nothing follows.",
        "Take the `deviceId` from RenderDeviceList or SynchronizeState.",
        ("C-130", "C-144"),
        WARNING,
    ),
    FindingCode(
        "order.player.token",
        "No item has this token",
        "The token of RequestPlayerInfo is that of a playable item or of a stream. "
        "The item that plays is shown instead.",
        "Take the token from RenderPlayerInfo or from the stream of AudioPlayer.Play.",
        ("C-172",),
        WARNING,
    ),
    FindingCode(
        "order.dialog.repeated",
        "A new request under the dialogRequestId of an earlier one",
        "What a user says or types begins a dialog, and each dialog has an id of its own. Only the answer to an "
        "ExpectSpeech keeps the id of the request before, and it carries a `speechId`.",
        "Make a new UUID for each request of the user.",
        ("D-046", "D-048"),
    ),
    FindingCode(
        "order.report.missing",
        "What a directive orders was not reported",
        "A directive such as SetAlert, SetValue or Speak is followed by an event that tells what became of it, and "
        "Hello by a request for the alerts. None has come within the setting `behaviour.report_patience`. It is a "
        "warning where the device may not know the directive at all, or where the report is only recommended (D-089).",
        "Carry the directive out, and report it at once, the failure too. Ask for the alerts each time you connect.",
        ("D-089", "D-098", "D-108", "D-110", "D-114", "D-126", "D-138", "D-153", "D-158", "D-169", "D-185"),
        EITHER,
    ),
    FindingCode(
        "order.state.outdated",
        "The context does not show what the device has reported",
        "Every event carries the state of the device. Here it contradicts the device's own reports: a control that was "
        "executed, a speech that has ended, a stream that is paused. It is a warning where the state may have been "
        "made before the report, or where a level may have changed for another reason.",
        "Carry a directive out before you report it, and make the context when the event is sent.",
        ("D-095", "D-139", "D-161", "D-162", "D-163", "D-167"),
        EITHER,
    ),
    FindingCode(
        "order.speak.not-started",
        "The end of a speech that was never started",
        "SpeechFinished says that a speech has been played to its end. SpeechStarted was not reported before.",
        "Report SpeechStarted when its playback begins, before anything else about it.",
        ("D-089", "D-090"),
    ),
    FindingCode(
        "order.speak.repeated",
        "A speech is reported once more",
        "A Speak is played once: SpeechStarted, then either SpeechFinished or SpeechStopped. "
        "What was reported does not fit: it is playing already, or has ended.",
        "Report each of them once, with the token of the Speak that it is about.",
        ("D-089", "D-090", "D-091"),
    ),
    FindingCode(
        "order.speak.out-of-turn",
        "A speech is played out of turn",
        "The Speaks of one request are played in the order of receipt, one after the other. This one was started "
        "while another was playing, or after one that came later.",
        "Queue the Speaks of a dialog.",
        ("D-092",),
    ),
    FindingCode(
        "order.speak.outdated",
        "A speech of a former dialog is started",
        "When the user begins a new dialog, what belongs to the former one is dropped, whether it waits in a queue or "
        "comes late. This speech was started all the same.",
        "Compare the `dialogRequestId` of a directive with that of the user's last request before carrying it out.",
        ("D-049", "D-050", "D-051"),
    ),
    FindingCode(
        "order.play.not-started",
        "A report about a stream that was never started",
        "PlayStarted comes before every other report of a stream. It was not reported.",
        "Report PlayStarted when playback begins.",
        ("D-119", "D-126"),
    ),
    FindingCode(
        "order.play.repeated",
        "A report about a stream comes twice",
        "The stream is in this state already: PlayStarted while it plays, "
        "ProgressReportDelayPassed twice after one start.",
        "Report each change once.",
        ("D-119", "D-126", "D-131"),
    ),
    FindingCode(
        "order.play.not-paused",
        "A stream is resumed that was not paused",
        "PlayResumed follows PlayPaused. The stream was playing.",
        "Report PlayPaused when playback pauses, and PlayResumed when it goes on.",
        ("D-126",),
    ),
    FindingCode(
        "order.play.paused",
        "A paused stream is reported as if it played",
        "After PlayPaused a stream neither goes forward nor ends by itself. It goes on with PlayResumed.",
        "Report PlayResumed first, and count playing time without the pause.",
        ("D-126", "D-132"),
    ),
    FindingCode(
        "order.play.ended",
        "A report about a stream that has ended",
        "PlayFinished or PlayStopped was reported before. The stream can only be started again.",
        "Report the end once, as the last.",
        ("D-125", "D-126"),
    ),
    FindingCode(
        "order.play.offset",
        "The offset of a stream does not fit",
        "A stream starts at `beginAtInMilliseconds`, and its offsets stay within the window that "
        "`durationInMilliseconds` makes, give or take a second. That it is resumed elsewhere than it was paused is a "
        "warning.",
        "Report the position in the piece, in milliseconds.",
        ("D-122", "D-123", "D-126"),
        EITHER,
    ),
    FindingCode(
        "order.play.progress",
        "A progress report comes at another place than ordered",
        "`progressReport` of the stream says after how long, how often and where progress is reported. Neither the "
        "offset nor the time since the start fits, give or take a second.",
        "Count milliseconds of playing, from where the stream was started.",
        ("D-131", "D-132", "D-133"),
    ),
    FindingCode(
        "order.play.progress-missing",
        "Progress was not reported",
        "`progressReport` of the stream orders it. The stream ended long after ProgressReportDelayPassed or "
        "ProgressReportIntervalPassed was due, and none has come.",
        "Obey `progressReport` of the stream.",
        ("D-131", "D-132"),
    ),
    FindingCode(
        "order.play.progress-unasked",
        "Progress is reported that was not ordered",
        "`progressReport` of the stream says what is reported. There the value is null or missing.",
        "Report progress only as ordered.",
        ("D-134",),
        WARNING,
    ),
    FindingCode(
        "order.play.not-requested",
        "A stream is played without asking for its URL",
        "With `urlPlayable` false the URL cannot be played: StreamRequested comes first, and StreamDeliver brings "
        "another.",
        "Send StreamRequested just before playback.",
        ("D-127",),
    ),
    FindingCode(
        "order.play.stream-changed",
        "A stream comes back changed",
        "StreamRequested and the context AudioPlayer.PlaybackState hold the stream as Play or StreamDeliver brought "
        "it, `customData` too. A field has another value here.",
        "Keep the stream object as it was received.",
        ("D-127", "D-139", "D-140"),
    ),
    FindingCode(
        "order.alert.not-set",
        "An alert rings that was not reported as set",
        "SetAlert is answered with SetAlertSucceeded or SetAlertFailed. AlertStarted came without the former, or "
        "after the alert was reported as deleted.",
        "Report what became of each SetAlert at once.",
        ("D-098", "D-110"),
    ),
    FindingCode(
        "order.alert.repeated",
        "A report about an alert comes twice",
        "SetAlertSucceeded or SetAlertFailed is reported once for each SetAlert. AlertStarted is reported once each "
        "time that it rings, and it rings again only when it has been set again.",
        "Report each change once. The next time of a repeating alert comes with SetAlert.",
        ("D-098", "D-102", "D-112"),
    ),
    FindingCode(
        "order.alert.not-ringing",
        "An alert is stopped that does not ring",
        "AlertStopped and RequestAlertStop are about an alert whose AlertStarted was reported and which has not "
        "stopped since. This one does not ring.",
        "Report AlertStarted when it begins to ring, and AlertStopped once, when it ends.",
        ("D-106", "D-108", "D-109"),
    ),
    FindingCode(
        "order.alert.unasked",
        "An alert is deleted that was not to be deleted",
        "DeleteAlertSucceeded answers DeleteAlert. None is open for this alert.",
        "Report each DeleteAlert once, and delete nothing by yourself.",
        ("D-110",),
    ),
    FindingCode(
        "order.alert.type",
        "An alert is reported under another type",
        "Reports name an alert by its token and its type. SetAlert gave this token another type.",
        "Send `type` as it stood in SetAlert.",
        ("D-098",),
    ),
    FindingCode(
        "order.alert.changed",
        "An alert in the context differs from what was sent",
        "Alerts.AlertsState repeats token, type and `scheduledTime` exactly as they were received. "
        "These never came like that.",
        "Keep the text of `scheduledTime`, time zone and all.",
        ("D-100", "D-203"),
    ),
    FindingCode(
        "order.alert.context",
        "The context contradicts what was reported about an alert",
        "Alerts.AlertsState says what is set and what rings at this moment. Two events in a row lack an alert that was "
        "set, list one that was deleted, or have `activeAlerts` otherwise than AlertStarted and AlertStopped say.",
        "Make Alerts.AlertsState anew for each event.",
        ("D-044", "D-100", "D-103", "D-109", "D-110", "D-116"),
    ),
    FindingCode(
        "event.obsolete",
        "The event was removed from the specification",
        "Older devices send it. It is answered with 204 and nothing follows.",
        "Do not send it.",
        ("C-089",),
    ),
)
