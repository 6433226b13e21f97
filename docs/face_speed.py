"""How many frames a second `myoscene face-parameters` does on one core, decoding included, and the memory it takes.

    python docs/face_speed.py clip.mp4 [--frames 300]

The clip, with a face in it, is enlarged to 1280 x 720 as MPEG-4 and repeated. Seconds are those of the processor.
"""

import argparse
import resource
import tempfile
import time
from fractions import Fraction
from itertools import count
from pathlib import Path

from myoscene.face.run import face_parameters
from myoscene.face.settings import FaceSettings
from myoscene.face.video import read_video


def enlarge(clip: Path, made: Path, frames: int) -> None:
    """``frames`` of ``clip``, which is begun again where it ends."""
    import av

    with av.open(str(made), "w") as container:
        stream = container.add_stream("mpeg4", rate=30)
        stream.width, stream.height, stream.pix_fmt, stream.bit_rate = 1280, 720, "yuv420p", 4_000_000
        number = count()
        while True:
            for frame in av.open(str(clip)).decode(video=0):
                large = frame.reformat(1280, 720, "yuv420p")
                large.pts, large.time_base = next(number), Fraction(1, 30)
                if large.pts == frames:
                    container.mux(stream.encode())
                    return
                container.mux(stream.encode(large))


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n\n")[0])
    parser.add_argument("clip", type=Path)
    parser.add_argument("--frames", type=int, default=300)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        video, table = Path(folder) / "v.mp4", Path(folder) / "t.parquet"
        enlarge(options.clip, video, options.frames)
        start = time.process_time()
        frames = sum(1 for _ in read_video(video))
        print(f"reading alone: {frames / (time.process_time() - start):.0f} frames/s")
        for every in (1, 0):
            start = time.process_time()
            face_parameters(video, table, FaceSettings(mirror_every=every))
            print(f"--mirror-every {every}: {frames / (time.process_time() - start):.1f} frames/s")
    print(f"peak memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


if __name__ == "__main__":
    main()
