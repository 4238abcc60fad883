"""What the conformance scenarios cannot say: the GIL, asyncio, threads, arrays, exceptions, the garbage collector."""
import asyncio
import gc
import pathlib
import pickle
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import pytest

import sidewinder as sw

EXAMPLES = pathlib.Path(__file__).resolve().parent.parent / "examples"
#: minutes of work unless it is stopped
LONG = dict(max_tokens=60000, multiline=2)
# A list that the embedded model goes on with for hundreds of lines.
ENDLESS = ("from enum import Enum\n\nclass Status(Enum):\n    CONTINUE = 100\n    SWITCHING_PROTOCOLS = 101\n"
           "    PROCESSING = 102\n    OK = 200\n    ")


@pytest.fixture(scope="module")
def model():
    with sw.Engine() as engine:
        try:
            opened = engine.open_model()
        except sw.NotFoundError as error:
            pytest.skip(f"NOT TESTED: {error}")
    with opened:
        yield opened


def test_each_status_has_an_exception_of_its_own():
    found = {status for status, error in sw.errors.BY_STATUS.items() if issubclass(error, sw.SidewinderError)}
    assert found == {status.value for status in sw.Status if status}


def test_a_quantised_checkpoint_opens_as_what_it_is(model, tmp_path):
    told = []
    with sw.Engine() as engine:
        engine.quantize(model.info.path, sw.Weights.Q4, tmp_path / "q4", progress=lambda done, total: told.append((done, total)))
        with engine.open_model(tmp_path / "q4") as packed:
            assert packed.info.weights == "Q4"
        engine.quantize(model.info.path, sw.Weights.Q4, tmp_path / "known", calibration=["def f(x):\n    return x\n"], calibration_tokens=8)
        with engine.open_model(tmp_path / "q4") as plain, engine.open_model(tmp_path / "known") as known:
            assert known.info.weights == "Q4" and known.hash() != plain.hash()
        with pytest.raises(ValueError, match="calibration"):
            engine.quantize(model.info.path, sw.Weights.Q8, tmp_path / "none", calibration=["x"])
        with pytest.raises(sw.SidewinderError, match="nowhere"):
            engine.quantize("/nowhere/at/all", sw.Weights.Q8, tmp_path / "q8")
    assert told and told[-1][0] <= told[-1][1]


def test_exceptions_are_pythons_too():
    with sw.Engine() as engine:
        with pytest.raises(LookupError, match="/nowhere/at/all") as caught:
            engine.open_model("/nowhere/at/all")
        assert caught.value.status == sw.Status.NOT_FOUND
        with pytest.raises(ValueError, match="NUL"):
            engine.open_model("a\0b")
    with pytest.raises(TypeError, match="n_thread"):
        sw.Engine(n_thread=1)
    with pytest.raises(sw.ArgumentError, match="does not fit"):
        sw.Engine(n_threads=1 << 40)


def test_logits_and_states_are_written_into_the_callers_arrays(model):
    with model.sequence() as sequence:
        sequence.append([300, 301, 302])
        logits = np.empty(model.info.vocab_size, np.float32)
        assert sequence.logits(logits) is logits
        assert logits.argmax() == sequence.sample()
        state = sequence.state()
        again = sw.State(np.empty_like(state.ssm), np.empty_like(state.conv))
        assert sequence.state(again).ssm is again.ssm
        np.testing.assert_array_equal(state.ssm, again.ssm)
        rows = sequence.append(np.array([303, 304], np.int64), logits=True)
        np.testing.assert_array_equal(rows[-1], sequence.logits())
        for wrong in (np.empty(5, np.float32), np.empty(model.info.vocab_size), logits[::-1]):
            with pytest.raises(sw.ArgumentError, match="contiguous"):
                sequence.logits(wrong)


def test_ids_that_are_none_are_refused(model):
    with model.sequence() as sequence:
        for wrong in ([1.5], ["a"], [1 << 40]):
            with pytest.raises(sw.ArgumentError):
                sequence.append(wrong)
        assert len(sequence) == 0


def test_the_gil_is_released(model):
    """Python runs while the library works: a counter goes on during one long call."""
    beats, over = [0], threading.Event()

    def beat():
        while not over.wait(0.002):
            beats[0] += 1
    thread = threading.Thread(target=beat)
    thread.start()
    with model.sequence() as sequence:
        before = beats[0]
        sequence.append(np.full(500, 300, np.int32), deadline_ms=60000)
        during = beats[0] - before
    over.set()
    thread.join()
    assert during > 5


def test_a_sequence_refuses_a_second_thread_and_its_own_callback(model):
    refused = []
    with model.sequence() as sequence:
        def progress(done, total):
            if not refused:
                for call in (lambda: sequence.append([5]), lambda: len(sequence)):
                    with pytest.raises(sw.StateError):
                        call()
                refused.append(True)
        sequence.append([300] * 300, progress=progress)
    assert refused


def test_ctrl_c_stops_tokens(model):
    def interrupt():
        time.sleep(0.2)
        signal.raise_signal(signal.SIGINT)
    with model.sequence() as sequence:
        threading.Thread(target=interrupt).start()
        with pytest.raises(KeyboardInterrupt):
            sequence.append(np.full(20000, 300, np.int32))
        assert len(sequence) < 20000


def test_what_on_text_raises_comes_out_of_result(model):
    def on_text(index, text):
        raise RuntimeError("of the caller's")
    with model.buffer("def double(x):\n    return ", path="a.py") as buffer:
        with buffer.start(26, on_text=on_text) as request, pytest.raises(RuntimeError, match="of the caller's"):
            request.result()
        assert buffer.complete(26, max_tokens=2)


def test_a_cancelled_request_keeps_what_it_had(model):
    with model.buffer(ENDLESS, path="status.py") as buffer, buffer.start(len(ENDLESS), **LONG) as request:
        next(iter(request))
        request.cancel()
        with pytest.raises(sw.Cancelled) as caught:
            request.result(timeout=60)
        assert len(caught.value.candidates) == 1


def test_waiting_has_a_timeout(model):
    with model.buffer(ENDLESS, path="status.py") as buffer, buffer.start(len(ENDLESS), **LONG) as request:
        with pytest.raises(TimeoutError):
            request.result(timeout=0.05)


def test_asyncio(model):
    async def run():
        with model.buffer("def fizz(n):\n    if n % 3 == 0:\n        ", path="fizz.py") as buffer:
            awaited = await buffer.complete_async(40, max_tokens=16, multiline=2)
            request = buffer.start(40, max_tokens=16, multiline=2)
            streamed = "".join([piece async for piece in request])
            assert streamed.startswith(awaited[0].text) and await request == awaited
            request.close()
    asyncio.run(run())


def test_cancelling_a_task_cancels_its_completion(model):
    async def run():
        with model.buffer(ENDLESS, path="status.py") as buffer:
            task = asyncio.create_task(buffer.complete_async(len(ENDLESS), **LONG))
            await asyncio.sleep(0.1)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            begin = time.monotonic()
            assert await asyncio.wait_for(buffer.complete_async(len(ENDLESS), max_tokens=2), 60)
            assert time.monotonic() - begin < 30
    asyncio.run(run())


def test_leaving_an_async_iteration_cancels(model):
    async def run():
        with model.buffer(ENDLESS, path="status.py") as buffer, buffer.start(len(ENDLESS), **LONG) as request:
            pieces = request.__aiter__()
            await pieces.__anext__()
            await pieces.aclose()
            with pytest.raises(sw.Cancelled):
                await asyncio.wait_for(request, 60)
    asyncio.run(run())


def test_objects_are_freed_in_any_order_and_by_the_collector(model):
    sequence = model.sequence()
    sequence.append([5, 6])
    request = model.buffer("x = ", path="a.py").start(4, max_tokens=4)  # its buffer is garbage at once
    gc.collect()
    assert request.result()
    snapshot = sequence.snapshot()
    del sequence, request
    gc.collect()
    assert len(snapshot) == 2
    with pytest.raises(TypeError):
        pickle.dumps(snapshot)


def test_garbage_in_a_callback_is_freed_outside_of_it(model):
    """Another request of the same engine would wait for the callback that frees it."""
    other = [model.buffer("y = ", path="b.py").start(4, **LONG)]
    with model.buffer("x = ", path="a.py") as buffer:
        def on_text(index, text):
            other.clear()
            gc.collect()
        other[0].cancel()
        assert buffer.start(4, on_text=on_text, max_tokens=4).result(timeout=60)
    assert not other


def test_the_end_of_the_interpreter_ends_what_runs():
    program = ("import sidewinder as sw\n"
               f"text = {ENDLESS!r}\n"
               "b = sw.Engine().open_model().buffer(text, path='status.py')\n"
               "r = b.start(len(text), max_tokens=60000, multiline=2)\n"
               "next(iter(r))\n")
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False)
    if "NotFoundError" in done.stderr:
        pytest.skip("NOT TESTED: no embedded model")
    assert (done.returncode, done.stderr) == (0, "")


def test_the_log_is_heard_and_may_raise():
    messages = []

    def log(level, text):
        messages.append((level, text))
        raise RuntimeError("in the log")
    with sw.Engine(log=log, log_level=sw.LogLevel.DEBUG, device=sw.Device.AUTO) as engine:
        assert engine.info.n_threads >= 1
    assert messages and all(text for _, text in messages)


def test_unknown_numbers_have_a_name():
    assert sw.Finish(99).name == "UNKNOWN" and sw.Finish(99) == 99


def test_a_model_outlives_nothing_that_is_closed(model):
    with sw.Engine() as engine:
        other = engine.open_model(model.info.path)
    tokenizer = other.tokenizer
    other.close()
    with pytest.raises(sw.ArgumentError, match="closed"):
        tokenizer.encode("x")
    other.close()


def test_the_batch_filler_fills_every_hole(tmp_path, model):
    source = tmp_path / "shapes.py"
    source.write_text("def area_of_square(side):\n    # TODO: the area\n\n\ndef double(x):\n    # TODO\n\n\nprint(double(2))\n")
    command = [sys.executable, str(EXAMPLES / "fill_todos.py"), str(source), "--in-place", "--max-tokens", "24"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    filled = source.read_text()
    assert done.stderr == "2 holes filled\n" and "TODO" not in filled
    assert filled.startswith("def area_of_square(side):\n    ") and filled.endswith("\n\n\nprint(double(2))\n")


def test_the_batch_filler_says_what_is_wrong(tmp_path):
    command = [sys.executable, str(EXAMPLES / "fill_todos.py"), str(tmp_path / "none.py")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 1 and "none.py" in done.stderr and "Traceback" not in done.stderr
