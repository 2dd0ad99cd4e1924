"""The same cloud for coroutines, with pytest-asyncio and with anyio, each on its own loop."""

import asyncio

import anyio
import pytest
import pytest_asyncio

WORDS = ["안녕", "고마워", "지금 몇 시야", "뭐 할 수 있어"]


@pytest.fixture
def anyio_backend():
    return "asyncio"


@pytest_asyncio.fixture
async def speaker(mockcloud_async):
    async with mockcloud_async.device("speaker") as device:
        yield device


@pytest.mark.asyncio
@pytest.mark.parametrize("words", WORDS)
async def test_with_pytest_asyncio(mockcloud_async, speaker, words):
    await speaker.type(words)
    assert (await mockcloud_async.expect("TextRecognizer.Recognize")).payload["text"] == words


@pytest.mark.asyncio
async def test_two_devices_at_once(mockcloud_async):
    async with mockcloud_async.device("kitchen") as kitchen, mockcloud_async.device("bedroom") as bedroom:
        turns = await asyncio.gather(kitchen.type("안녕"), bedroom.type("고마워"))
        assert [turn.status for turn in turns] == [200, 200]


@pytest.mark.asyncio
async def test_an_expectation_that_is_given_up(mockcloud_async):
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await mockcloud_async.expect("Clova.Hello", within=60)


@pytest.mark.anyio
@pytest.mark.parametrize("words", WORDS)
async def test_with_anyio(mockcloud_async, words):
    async with mockcloud_async.device() as device:
        await device.type(words)
        with anyio.fail_after(60):
            await mockcloud_async.expect("TextRecognizer.Recognize")


@pytest.mark.anyio
async def test_with_a_task_group(mockcloud_async):
    async with mockcloud_async.device() as device, anyio.create_task_group() as group:
        group.start_soon(mockcloud_async.expect, "TextRecognizer.Recognize")
        await device.type("안녕")
