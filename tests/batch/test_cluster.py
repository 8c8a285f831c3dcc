"""The same batch on a dask.distributed cluster: files byte for byte, lost workers, other versions."""

import os
import signal
import subprocess
import time

import pytest
from made import hashes, objects
from pictures import noise
from PIL import Image
from running import COMMAND, TIMEOUT_S, run_anew, settings

from convfilter.batch.cluster.connect import PACKAGES, check_versions
from convfilter.errors import ConvfilterError

distributed = pytest.importorskip("distributed")
COUNT = 24
WORDS = ("-k", "gaussian:sigma=3 then sobel", "--border", "edge", "--compress", "9")


@pytest.fixture(scope="module")
def photos(tmp_path_factory):
    """A folder with photos/ of 24 pictures, a bad one among them, and here/, the local results."""
    folder = tmp_path_factory.mktemp("cluster")
    (folder / "photos").mkdir()
    for number in range(COUNT):
        image = Image.fromarray(noise((300, 400, 3), seed=number))
        image.save(folder / "photos" / f"{number:02}.png", compress_level=1)
    (folder / "photos" / "07.png").write_bytes(b"")
    assert run_anew("batch", "photos", "-o", "here", *WORDS, cwd=folder).status == 1
    return folder


@pytest.fixture(scope="module")
def lonely(photos):
    """A batch that looks for a scheduler where there is none, for ten seconds: begun before it is needed."""
    words = ["batch", "photos", "-o", "no", *WORDS, "--scheduler", "tcp://127.0.0.1:9"]
    streams = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE}
    process = subprocess.Popen([*COMMAND, *words], cwd=photos, env=settings(), **streams)
    yield process
    process.kill()
    process.communicate()


@pytest.fixture(scope="module")
def workers(lonely):
    """A scheduler and two workers, each a process of its own."""
    cluster = distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address="127.0.0.1:0", silence_logs=50
    )
    yield cluster
    cluster.close()


def test_a_cluster_started_here_makes_the_same_files(photos):
    done = run_anew("batch", "photos", "-o", "local", *WORDS, "--scheduler", "local", cwd=photos)
    assert done.status == 1
    assert hashes(photos / "local") == hashes(photos / "here")
    assert "convfilter: photos/07.png: the file is empty\nhint: " in done.err


def test_a_cluster_that_exists_makes_the_same_files_and_reports(photos, workers):
    words = ["-o", "there", *WORDS, "--scheduler", workers.scheduler_address, "--json"]
    done = run_anew("batch", "photos", *words, cwd=photos)
    assert hashes(photos / "there") == hashes(photos / "here")
    lines = {line["input"]["path"]: line for line in objects(done)}
    assert len(lines) == COUNT
    assert lines["photos/03.png"]["output"]["path"] == "there/03.png"
    assert "photos/07.png: the file is empty (on worker tcp://" in done.err


def test_the_manifest_is_written_here_and_a_local_run_goes_on_with_it(photos, workers):
    words = ["-o", "both", *WORDS, "--scheduler", workers.scheduler_address]
    run_anew("batch", "photos", *words, cwd=photos)
    (photos / "both" / "03.png").unlink()
    done = run_anew("batch", "photos", "-o", "both", *WORDS, "--resume", "--json", cwd=photos)
    again = [
        line["input"]["path"] for line in objects(done) if "output" in line and "kernel" in line
    ]
    assert again == ["photos/03.png"]
    assert hashes(photos / "both") == hashes(photos / "here")


def test_what_a_lost_worker_was_at_is_done_again(photos, workers):
    process = subprocess.Popen(
        [
            *COMMAND,
            "batch",
            "photos",
            "-o",
            "lost",
            *WORDS,
            "--scheduler",
            workers.scheduler_address,
        ],
        cwd=photos,
        env=settings(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    manifest = photos / "lost" / ".convfilter.jsonl"
    deadline = time.monotonic() + TIMEOUT_S
    while not manifest.exists() or manifest.read_text().count('"done"') < COUNT // 3:
        assert time.monotonic() < deadline
        assert process.poll() is None, process.communicate()
        time.sleep(0.01)
    os.kill(next(iter(workers.workers.values())).pid, signal.SIGKILL)
    _, err = process.communicate(timeout=TIMEOUT_S)
    assert process.returncode == 1, err  # the bad one
    assert hashes(photos / "lost") == hashes(photos / "here")


def test_two_batches_on_one_cluster_do_not_take_each_others_results(photos, workers):
    """The same places, at the same time, by other kernels."""
    there = "--scheduler", workers.scheduler_address
    runs = [
        subprocess.Popen(
            [*COMMAND, "batch", "photos", "-o", f"twin-{kernel}", "-k", kernel, "-q", *there],
            cwd=photos,
            env=settings(),
            stderr=subprocess.PIPE,
        )
        for kernel in ("sharpen", "sobel-x")
    ]
    for process in runs:
        process.communicate(timeout=TIMEOUT_S)
    for kernel in ("sharpen", "sobel-x"):
        run_anew("batch", "photos", "-o", f"alone-{kernel}", "-k", kernel, "-q", cwd=photos)
        assert hashes(photos / f"twin-{kernel}") == hashes(photos / f"alone-{kernel}")


def test_what_is_there_under_a_changed_suffix_is_not_replaced_either(photos):
    (photos / "odd").mkdir()
    Image.fromarray(noise((9, 9))).save(photos / "odd" / "a.jpg", format="PNG")
    name = os.fsdecode(b"caf\xe9 \xff.png")
    Image.fromarray(noise((9, 9))).save(photos / "odd" / name)
    (photos / "odd-out").mkdir()
    (photos / "odd-out" / "a.png").write_bytes(b"mine")
    done = run_anew(
        "batch", "odd", "-o", "odd-out", "-k", "blur", "--scheduler", "local", "-j", "1", cwd=photos
    )
    assert done.status == 1
    assert "a.png exists already" in done.err
    assert (photos / "odd-out" / "a.png").read_bytes() == b"mine"
    assert (photos / "odd-out" / name).exists()


def test_with_nothing_left_no_scheduler_is_asked(photos):
    words = ["photos/00.png", "-o", "few", *WORDS]
    run_anew("batch", *words, cwd=photos)
    words += ["--resume", "--scheduler", "tcp://127.0.0.1:9"]
    assert run_anew("batch", *words, cwd=photos).status == 0


def test_an_address_that_is_empty_is_refused(photos):
    done = run_anew("batch", "photos", "-o", "no", *WORDS, "--scheduler", "", cwd=photos)
    assert done.status == 2
    assert "--scheduler: the address is empty (an unset variable?)" in done.err


def test_where_there_is_no_scheduler_it_says_so(lonely):
    _, err = lonely.communicate(timeout=TIMEOUT_S)
    assert lonely.returncode == 1
    assert err.startswith(b"convfilter: scheduler tcp://127.0.0.1:9: ")


def versions(**theirs):
    ours = {"convfilter": "1.0", "numpy": "2.0", "pillow": "13.0", "python": "3.11"}
    assert set(ours) == set(PACKAGES)
    workers = {"tcp://a": {"packages": ours}, "tcp://b": {"packages": ours | theirs}}
    return {"client": {"packages": ours}, "workers": workers}


def test_equal_versions_are_nothing_to_speak_of():
    said = []
    check_versions(versions(), said.append)
    assert said == []


def test_another_version_of_this_program_is_refused():
    with pytest.raises(ConvfilterError, match=r"worker tcp://b has convfilter 0\.9, here is 1\.0"):
        check_versions(versions(convfilter="0.9"), print)
    with pytest.raises(ConvfilterError, match="worker tcp://b has no convfilter"):
        check_versions(versions(convfilter=None), print)


def test_other_packages_that_differ_are_said_before_the_work():
    said = []
    check_versions(versions(pillow="13.1"), said.append)
    assert said == [
        "note: worker tcp://b: pillow is 13.1 there, 13.0 here; files may differ in their bytes"
    ]
