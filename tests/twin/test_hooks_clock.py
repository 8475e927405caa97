"""The private places that the clock patches: they exist, and stock moto needs it."""

import inspect
import threading

import time_machine
from moto.stepfunctions.parser.asl.component.common.retry import retrier_decl
from moto.stepfunctions.parser.asl.component.program import program
from moto.stepfunctions.parser.asl.component.state.exec import execute_state
from moto.stepfunctions.parser.asl.component.state.exec.state_parallel import branches_decl
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service import (
    state_task_service_callback,
)
from moto.stepfunctions.parser.asl.component.state.wait.wait_function import (
    timestamp,
    wait_function,
)
from moto.stepfunctions.parser.asl.eval import environment
from moto.stepfunctions.parser.asl.eval.callback import callback
from moto.stepfunctions.parser.backend import execution_worker

from twin.clock.clock import DiscreteClock, running

REAL = (
    (program, "threading", threading),
    (execute_state, "threading", threading),
    (execute_state, "Thread", threading.Thread),
    (environment, "threading", threading),
    (branches_decl, "threading", threading),
    (state_task_service_callback, "threading", threading),
    (execution_worker, "Thread", threading.Thread),
    (callback, "Event", threading.Event),
)


def test_the_interpreter_waits_with_real_threads_and_events() -> None:
    assert [getattr(module, name) for module, name, _ in REAL] == [real for *_, real in REAL]


def test_the_interpreter_waits_for_time_outs_where_we_think() -> None:
    assert "terminated_event.wait(timeout_seconds)" in inspect.getsource(execute_state)
    assert "worker_thread.join(timeout=timeout)" in inspect.getsource(program)
    assert "time.sleep(interval_seconds)" in inspect.getsource(retrier_decl)
    assert "self._notify_event.wait(timeout=timeout)" in inspect.getsource(callback)


def test_stock_wait_states_round_to_whole_seconds() -> None:
    source = inspect.getsource(wait_function.WaitFunction._wait_interval)  # noqa: SLF001  # the hook
    assert "int(t1 - t0)" in source


def test_stock_timestamps_are_compared_with_local_time() -> None:
    source = inspect.getsource(timestamp.Timestamp._get_wait_seconds)  # noqa: SLF001  # the hook
    assert "datetime.datetime.now()" in source


def test_time_machine_asks_its_traveller_for_the_time() -> None:
    traveller = time_machine.Traveller(5, None, tick=False)
    assert traveller.time_ns() == 5


def test_everything_is_put_back() -> None:
    before = {id(vars(module)[name]) for module, name, _ in REAL}
    with running(DiscreteClock(0)):
        assert {id(vars(module)[name]) for module, name, _ in REAL}.isdisjoint(before)
    assert {id(vars(module)[name]) for module, name, _ in REAL} == before
