"""`python -m tests.media_workers.crew.threaded FD PARENT`: a stem in which a library started a thread."""

import sys
import threading

from media_workers.crew import stem

if __name__ == "__main__":
    threading.Thread(target=threading.Event().wait, daemon=True).start()
    stem.main(int(sys.argv[1]), int(sys.argv[2]))
