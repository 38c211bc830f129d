"""The JPEG ladder of a photo per CPU-second, against sharp and Pillow, at the likeness that it keeps."""

import statistics
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

import msgspec
import pillow_heif
from PIL import Image

from bench import photo_shots
from bench.measure import CONTROL_ERROR, Sample, Side, Work, median_ratio, percentile, rotate
from bench.peers import sharp_node
from bench.photo_likeness import Original
from bench.progress import Progress
from bench.report import Report
from bench.worker import Program, Told, Worker, bench_folder
from cluster.process import run as run_on_loop
from media_workers.crew.pool import Pool
from media_workers.crew.words import ORIGINAL, PhotoOrder
from media_workers.photo.ladder import LADDER

OURS, AGAIN, SINGLE, CASCADED = "ours", "ours again", "sharp single", "sharp cascaded"
Samples = Mapping[str, list[Sample]]
WHOLE, BEHIND, PILLOW, HEIC, HEIC_PILLOW = "whole job", "AVIF", "Pillow", "HEIC", "HEIC by Pillow"
RUNGS = [(rung.width, rung.jpeg) for rung in LADDER]
MEGAPIXELS_12 = (4032, 3024)


class Size(msgspec.Struct, frozen=True, kw_only=True):
    """How much is measured."""

    photos: int
    rounds: int
    beside_rounds: int  # of what has no bound
    beside_photos: int
    heics: int
    largest: int  # pixels a side
    jobs: int  # photos of 12 megapixels that go through the pool, one after the other


LONG = Size(photos=33, rounds=11, beside_rounds=3, beside_photos=11, heics=4, largest=20_000, jobs=11)
QUICK = Size(photos=5, rounds=4, beside_rounds=1, beside_photos=3, heics=1, largest=20_000, jobs=3)


def run(size: Size, report: Report, progress: Progress) -> None:
    """Runs it on a loop."""
    run_on_loop(_run(size, report, progress))


async def _run(size: Size, report: Report, progress: Progress) -> None:
    with bench_folder() as folder, ExitStack() as stack:
        progress.stage(f"making {size.photos} photos")
        photos = photo_shots.write(size.photos, folder, size.largest, lambda n: progress.step(n, size.photos))
        progress.stage("starting the sides")
        ours = stack.enter_context(Worker("bench.photo_side", folder))
        sides = {OURS: _side(ours, "ours", photos), AGAIN: _side(ours, "ours", photos)}
        sharp = await _sharp(folder, stack, report)
        if sharp is not None:
            sides |= {SINGLE: _side(sharp, "single", photos), CASCADED: _side(sharp, "cascaded", photos)}

        progress.stage("how like the photo renditions are")
        likeness = await _likeness(ours, sharp, photos, folder, report, progress)
        for side in sides.values():
            await side()  # what is done once only is not measured
        progress.stage(f"{size.rounds} rounds of {size.photos} photos by {len(sides)} sides")
        samples = await rotate(sides, size.rounds, progress.step)
        progress.stage("the full ladder, HEIC and Pillow")
        beside = await _beside(ours, photos[: size.beside_photos], size, folder, progress)
        progress.stage("jobs through the pool")
        waits_s, cpu_s = await _through_pool(size, folder)
        report.figures |= {"job_12mp_p50_s": percentile(waits_s, 50), "job_12mp_cpu_s": cpu_s}
        _judge(samples, beside, likeness, report)


def _side(program: Program, how: str, photos: Sequence[Path]) -> Side:
    """A side that develops all photos once."""
    order = _order(how, photos)

    async def work() -> Sample:
        before_s, work = spent_s(program.pid), Work([program.pid])
        await program.ask(order)
        sample, taken_s = work.done(len(photos)), spent_s(program.pid) - before_s
        return Sample(sample.ops, sample.wall_s, taken_s, sample.others_cores)

    return work


def _order(how: str, photos: Sequence[Path]) -> Told:
    return {"how": how, "photos": [str(photo) for photo in photos], "ladder": RUNGS}


def spent_s(pid: int) -> float:
    """CPU-seconds of a process, with those of its threads that have ended: libvips starts and ends some."""
    return time.clock_gettime(~pid << 3 | 2)  # the clock of a process, as clock_getcpuclockid makes it


async def _sharp(folder: Path, stack: ExitStack, report: Report) -> Program | None:
    command = sharp_node.program(folder)
    if command is None:
        report.notes.append(sharp_node.HOW)
        return None
    sharp = stack.enter_context(Program(command, folder, "sharp"))
    report.figures["sharp_version"] = str((await sharp.ask())["ready"])
    return sharp


# likeness

Likeness = dict[str, dict[int, float]]
"""Side, rung, and the mean SSIM over all photos."""


async def _likeness(
    ours: Program, sharp: Program | None, photos: Sequence[Path], folder: Path, report: Report,
    progress: Progress,
) -> Likeness:  # fmt: skip
    makers = {OURS: (ours, "ours"), PILLOW: (ours, "pillow")}
    if sharp is not None:
        makers |= {SINGLE: (sharp, "single"), CASCADED: (sharp, "cascaded")}
    kept = {}
    for name, (program, how) in makers.items():
        kept[name] = Path(tempfile.mkdtemp(dir=folder))
        told = await program.ask(_order(how, photos) | {"keep": str(kept[name])})
        report.figures[f"kb_a_photo_{name.replace(' ', '_')}"] = int(told["bytes"]) / len(photos) / 1e3
    found: dict[str, dict[int, list[float]]] = {name: {width: [] for width, _ in RUNGS} for name in kept}
    for number, photo in enumerate(photos):
        original = Original(photo)
        for name, rungs in found.items():
            for width, values in rungs.items():
                values.append(original.like(kept[name] / f"{number}-{width}.jpg"))
        progress.step(number + 1, len(photos))
    if sharp is not None:
        report.figures["ssim_worst_photo_below_sharp"] = _worst(found)
    return {
        name: {width: statistics.fmean(values) for width, values in rungs.items()}
        for name, rungs in found.items()
    }


def _worst(found: Mapping[str, Mapping[int, Sequence[float]]]) -> float:
    """The one rendition of one photo that is furthest below the better of sharp's two."""
    gaps: list[float] = []
    for width, _ in RUNGS:
        ours, single, cascaded = (found[name][width] for name in (OURS, SINGLE, CASCADED))
        gaps += [max(theirs) - one for one, *theirs in zip(ours, single, cascaded)]
    return max(gaps)


# what has no bound


async def _beside(
    ours: Program, photos: Sequence[Path], size: Size, folder: Path, progress: Progress
) -> dict[str, list[Sample]]:
    heics = [_heic(photo, folder / f"{number}.heic") for number, photo in enumerate(photos[: size.heics])]
    sides = {
        WHOLE: _side(ours, "whole", photos),
        BEHIND: _side(ours, "behind", photos),
        PILLOW: _side(ours, "pillow", photos),
        HEIC: _side(ours, "ours", heics),
        HEIC_PILLOW: _side(ours, "pillow", heics),
    }
    return await rotate(sides, size.beside_rounds, progress.step)


def _heic(photo: Path, to: Path) -> Path:
    """The same photo as a newer phone would have kept it."""
    with Image.open(photo) as picture:
        pillow_heif.from_pillow(picture.convert("RGB")).save(
            to, quality=80, enc_params={"preset": "ultrafast"}
        )
    return to


async def _through_pool(size: Size, folder: Path) -> tuple[list[float], float]:
    """Seconds from an upload on the disk to its renditions, each job in a process of its own; CPU of one."""
    width, height = (min(size.largest, side) for side in MEGAPIXELS_12)
    picture = photo_shots.scene(width, height, 99)
    body, waits_s = bytes(picture.jpegsave_buffer(Q=93, subsample_mode="on")), []
    async with Pool() as pool:
        for number in range(size.jobs):
            room = folder / f"job-{number}"
            room.mkdir()
            (room / ORIGINAL).write_bytes(body)
            began_s = time.perf_counter()
            await pool.carry_out(PhotoOrder(), room)
            waits_s.append(time.perf_counter() - began_s)
        return waits_s, pool.cost.cpu_s / pool.cost.orders


# the verdict


def _judge(samples: Samples, beside: Samples, likeness: Likeness, report: Report) -> None:
    per_cpu_s = {name: [one.per_cpu_s for one in of] for name, of in {**samples, **beside}.items()}
    for name, values in per_cpu_s.items():
        figure = f"cpu_ms_a_photo_{name.replace(' ', '_')}"
        report.figures[figure] = 1e3 / statistics.median(values)
    report.others(statistics.median(one.others_cores for one in samples[OURS]))
    ratios = {
        name: median_ratio(per_cpu_s[OURS], per_cpu_s[name]) if name in per_cpu_s else None
        for name in (SINGLE, CASCADED, AGAIN)
    }
    control = ratios[AGAIN]
    assert control is not None
    report.ratios |= {f"vs_{name.replace(' ', '_')}": ratio for name, ratio in ratios.items()}
    for name, rungs in likeness.items():
        report.against[f"likeness of {name}"] = {f"ssim_{width}": value for width, value in rungs.items()}
    report.notes.append(
        "the JPEG ladder, one thread and one process a side; a ratio is the median over the rounds"
    )
    report.at_most("photo.control_error", abs(control - 1), CONTROL_ERROR)
    report.at_least("photo.vs_sharp_single", ratios[SINGLE], 1.8)
    report.at_least("photo.vs_sharp_cascaded", ratios[CASCADED], 0.95)
    report.at_most("photo.ssim_below_sharp", _below(likeness), 0.005)


def _below(likeness: Likeness) -> float | None:
    """How far ours is below the better one of sharp's, on the rung where that is worst."""
    theirs = [rungs for name, rungs in likeness.items() if name in (SINGLE, CASCADED)]
    if not theirs:
        return None
    return max(max(rungs[width] for rungs in theirs) - likeness[OURS][width] for width, _ in RUNGS)
