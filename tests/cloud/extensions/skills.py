"""Extensions that play their part in a conversation: a pizza shop in Korean, dice in Japanese.

talk = Conversation()
shop = Skill(talk, PIZZA)
shop.says("어떤 피자요?", ends=False)
answer = talk.speaker().event("TextRecognizer.Recognize", {"text": "피자봇 시작해줘"}, dialog="d1")
assert shop.requests[0]["request"] == {"type": "LaunchRequest"}
"""

import json
from collections import deque
from collections.abc import Callable
from typing import Any

from mockcloud.cek.exchange import HttpAnswer, PostToExtension
from mockcloud.cek.failures import Failure
from mockcloud.cic import operations as op
from mockcloud.wire.messages import dumps
from tests.cic.conversation import Conversation, Response, Speaker, catalogue

ORDER = """\
[INTENT SLOT]
pizzaType\tPIZZA_TYPE
pizzaAmount\tCLOVA.NUMBER

[INTENT EXPRESSION]
<pizzaType>페퍼로니</pizzaType> <pizzaAmount>2판</pizzaAmount> 주문해줘
<pizzaType>치즈 피자</pizzaType> 시켜줘
<pizzaAmount>두 판</pizzaAmount> 주문해줘
<pizzaType>바베큐</pizzaType> 피자 보내줘
"""
TYPES = "페퍼로니\t페퍼로니 피자\n바베큐\t바베큐 피자\tBBQ 피자\n치즈\t치즈 피자\n"
TRACK = "[INTENT EXPRESSION]\n배달 어디까지 왔어\n배달 언제 와\n"

PIZZA: dict[str, Any] = {
    "id": "com.example.extension.pizzabot",
    "name": "클로바 피자 봇",
    "invocation_names": ["피자봇"],
    "url": "http://pizza.test/clova",
    "model": {
        "intents": {"OrderPizza": {"tsv": ORDER}, "TrackDelivery": {"tsv": TRACK}},
        "slot_types": {"PIZZA_TYPE": {"tsv": TYPES}},
    },
}

THROW = """\
[INTENT SLOT]
diceCount\tCLOVA.NUMBER

[INTENT EXPRESSION]
サイコロを振って
サイコロを<diceCount>二つ</diceCount>振って
<diceCount>3個</diceCount>投げて
"""
DICE: dict[str, Any] = {
    "id": "com.example.extension.dice",
    "name": "サンプルサイコロ",
    "invocation_names": ["サイコロ遊び"],
    "url": "http://dice.test/",
    "lang": "ja",
    "model": {"intents": {"ThrowDiceIntent": {"tsv": THROW}}},
}

TYPED = "TextRecognizer.Recognize"


def answer(
    text: str = "",
    *,
    ends: bool = True,
    attributes: dict[str, Any] | None = None,
    reprompt: str = "",
    lang: str = "ko",
    **response: Any,
) -> dict[str, Any]:
    """A whole answer by the tables; ``response`` takes the place of members of it."""
    said = {"type": "SimpleSpeech", "values": speech(text, lang)} if text else {}
    more = (
        {"reprompt": {"outputSpeech": {"type": "SimpleSpeech", "values": speech(reprompt, lang)}}} if reprompt else {}
    )
    return {
        "version": "0.1.0",
        "sessionAttributes": attributes or {},
        "response": {
            "outputSpeech": said,
            "card": {},
            "directives": [],
            "shouldEndSession": ends,
            **more,
            **response,
        },
    }


def speech(text: str, lang: str = "ko") -> dict[str, str]:
    return {"type": "PlainText", "lang": lang, "value": text}


class Skill:
    """A registered extension that answers what it was told to, in order, and keeps what it was asked."""

    def __init__(self, talk: Conversation, registration: dict[str, Any], **changes: Any) -> None:
        self.talk = talk
        written = {**registration, **changes}
        self.id: str = written.pop("id")
        self.url: str = written["url"]
        outcome = talk.ask(op.PutExtension(self.id, written))
        assert outcome.status in (200, 201), outcome.body
        self.jobs: list[PostToExtension] = []
        self._script: deque[Any] = deque()
        others = talk.extension
        talk.extension = lambda job: self._answer(job) if job.url == self.url or others is None else others(job)

    @property
    def requests(self) -> list[dict[str, Any]]:
        """Every request so far, each held against the tables."""
        found = [json.loads(job.body) for job in self.jobs]
        for message in found:
            assert catalogue().check_cek_request(message) == [], message
        return found

    @property
    def asked(self) -> list[str]:
        """Type or intent of every request."""
        return [one["request"].get("intent", {}).get("name") or one["request"]["type"] for one in self.requests]

    def says(self, text: str = "", **how: Any) -> None:
        """Its next answer."""
        self.answers(answer(text, **how))

    def answers(self, what: Any) -> None:
        """Its next answer: a message, a `Failure`, or an `HttpAnswer`."""
        self._script.append(what)

    def _answer(self, job: PostToExtension) -> HttpAnswer | Failure:
        self.jobs.append(job)
        told = json.loads(job.body)["request"]["type"] == "SessionEndedRequest"
        what = answer() if told or not self._script else self._script.popleft()
        if isinstance(what, HttpAnswer | Failure):
            return what
        return HttpAnswer(200, (("content-type", "application/json; charset=UTF-8"),), dumps(what))


class Talker:
    """Somebody at a speaker, with a dialog of its own for each sentence."""

    def __init__(self, speaker: Speaker, *, display: str = "none") -> None:
        self.speaker = speaker
        size = {"size": display} | ({} if display == "none" else _CONTENT)
        self.context = [{"header": {"namespace": "Device", "name": "Display"}, "payload": size}]
        self._count = 0

    def types(self, text: str, *, to: Response | None = None, **payload: Any) -> Response:
        """Say something; ``to`` is the answer with the question that it answers."""
        self._count += 1
        dialog = f"d{self._count}"
        if to is not None:
            asked = directive(to, "SpeechRecognizer.ExpectSpeech")
            dialog = asked["header"]["dialogRequestId"]
            payload |= {"speechId": asked["payload"]["expectSpeechId"], "explicit": asked["payload"]["explicit"]}
        return self.speaker.event(TYPED, {"text": text, **payload}, dialog=dialog, context=self.context)


_CONTENT = {"contentLayer": {"width": 640, "height": 360}, "dpi": 96, "orientation": "landscape"}


def directive(response: Response, name: str) -> Any:
    """The only directive of that name."""
    (found,) = (one for one in response.directives if f"{one['header']['namespace']}.{one['header']['name']}" == name)
    return found


def spoken(response: Response) -> list[str]:
    """What each Speak says, or the URL where it is."""
    from mockcloud.speech import tone

    said = []
    for one in response.directives:
        if one["header"]["name"] == "Speak":
            url = one["payload"]["url"]
            attached = response.attachments.get(url.removeprefix("cid:"))
            said.append(tone.read_text(attached) or "" if attached is not None else url)
    return said


Answerer = Callable[[PostToExtension], HttpAnswer | Failure]
