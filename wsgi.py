import gc

from quizapp import create_app

app = create_app()
# What was made so far lasts as long as the process. Collecting garbage would else go through all of it, for
# tens of milliseconds, in the middle of somebody's request.
gc.collect()
gc.freeze()
