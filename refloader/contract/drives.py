"""The names of the drives: the ways in which a loader is pulled to fill a ledger."""

from __future__ import annotations

EPOCHS = "epochs"
ITERATION = "iteration"
TWO_PASSES = "two-passes"
TWO_LOADERS = "two-loaders"
REREADS = "rereads"
SEEDS = "seeds"
SHUFFLES = "shuffles"
UNIFORM = "uniform"
HOOKS = "hooks"
THREADS = "threads"
STAGGERED = "staggered"
INTERLEAVED = "interleaved"
PROCESSES = "processes"
CONSUMERS = "consumers"
DRAWS = "draws"
COPIES = "copies"
PICKLING = "pickling"
OWN_WORKERS = "own-workers"
RESOURCES = "resources"
INTERRUPTED = "interrupted"
EMPTY = "empty"
BAD_FILES = "bad-files"
BLANK_SAMPLE = "blank-sample"
MANY_CLASSES = "many-classes"
NAMED_TWICE = "named-twice"
WIDE_PICTURES = "wide-pictures"
RELABELLED = "relabelled"
SHARDS = "shards"
BAD_SHARDS = "bad-shards"
RESUMED = "resumed"
RESHARDED = "resharded"
BROKEN_FIT = "broken-fit"
STARTED_FIT = "started-fit"
TRAINING = "training"

DESCRIPTIONS = {
    EPOCHS: "reads every index in order, epoch after epoch, with the hooks in between",
    ITERATION: "iterates to the end, again, after early breaks, of the first pass too, and past both ends",
    TWO_PASSES: "iterates, and iterates anew after the first batch, to both ends",
    TWO_LOADERS: "reads one loader, then in turn with others over the same samples; halves beside each other",
    REREADS: "reads indexes twice, backwards, mixed, and after writing into delivered batches; over halves too",
    SEEDS: "builds the loader twice with one seed, in this and in a fresh process, and with another",
    SHUFFLES: "reads many epochs of a data set large enough to tell orders apart",
    UNIFORM: "reads very many epochs of very few samples, for statistics of their order; of draws by ranks too",
    HOOKS: "calls the epoch hooks and reads ahead as often and as early as frameworks do",
    THREADS: "reads the indexes of each epoch from several threads at once",
    STAGGERED: "holds up what the loader has its own threads and processes do, each call for another while",
    INTERLEAVED: "interleaves two readers line by line, under many schedules",
    PROCESSES: "lets worker processes share out the indexes, started in each way; looks at a batch in between",
    CONSUMERS: "lets two threads take the batches of one generator, interleaved line by line",
    DRAWS: "lets two workers read samples that are all alike, to compare their random numbers",
    COPIES: "lets two forked processes take from one generator",
    PICKLING: "pickles the loader with every protocol, reads the copies here and elsewhere; builds one there",
    OWN_WORKERS: "kills the worker processes that the loader itself has started, and reads on",
    RESOURCES: "counts descriptors, threads, children and memory, after loaders and over epochs",
    INTERRUPTED: "interrupts the read of a batch at each of its lines, and reads it again",
    EMPTY: "asks for a loader over no samples",
    BAD_FILES: "damages an image file, or two, before or after the loader is built",
    BLANK_SAMPLE: "reads samples of which one is all zeros, black or empty, all at once too, and a faint one",
    MANY_CLASSES: "reads an epoch of twelve classes, and of three hundred, more than a byte has values",
    NAMED_TWICE: "reads an epoch of a table in which two rows name the same file, with the same label",
    WIDE_PICTURES: "reads an epoch of pictures that are a little wider than high",
    RELABELLED: "reads an epoch, and one of the same samples with other labels",
    SHARDS: "reads a loader for each rank of two and of three, and one rank in a process of its own",
    BAD_SHARDS: "reads a loader for each of two ranks, of whose files three are damaged, or each in turn",
    RESUMED: "saves the position in mid-epoch, and lets a new loader go on, here and elsewhere; ranks too",
    RESHARDED: "saves at the end of an epoch of two ranks, and goes on with three",
    BROKEN_FIT: "runs the framework's own fit over a data set in which one file is damaged",
    STARTED_FIT: "runs fit with worker processes that are spawned, or forked by a server",
    TRAINING: "runs the framework's own fit, evaluate and predict and records what the model got",
}

#: The drives that need a framework.
FRAMEWORK = (TRAINING, BROKEN_FIT, STARTED_FIT)
