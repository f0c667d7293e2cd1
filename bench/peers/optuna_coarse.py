"""Optuna, one worker of a study that all workers share; argument `single` or `batched`.

`single` trains the seeds of a trial one after another. `batched` asks for its whole share of the trials at once and trains
them as one pack: the most that ask-and-tell allows.
"""

import sys

import optuna
from data import Data, learning_rates
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend
from optuna.trial import TrialState
from serve import serve
from torch_networks import TorchData, train_batched, train_single

MODE = sys.argv[1]
optuna.logging.set_verbosity(optuna.logging.ERROR)
state = {}


def prepare(settings):
    state["data"] = TorchData(Data(settings["directory"]))
    return {"optuna": optuna.__version__}


def open_study(settings):
    storage = JournalStorage(JournalFileBackend(settings["storage"]))
    return optuna.create_study(
        study_name="coarse", storage=storage, direction="maximize", load_if_exists=True,
        sampler=optuna.samplers.RandomSampler(seed=1),
    )


def create(settings):
    study = open_study(settings)
    for value in settings["lambdas"]:
        study.enqueue_trial({"lambda": value})


def train(choices, settings, rates):
    data = state["data"]
    if MODE == "batched":
        return train_batched(data, choices, settings["hidden"], rates, one_dnn=True)[1]()
    return [train_single(data, choice, settings["hidden"], rates)[1]()[0] for choice in choices]


def take(study, lambdas, count):
    """Trials that were enqueued and that no other worker has: asking beyond them would invent new ones."""
    trials = []
    while len(trials) < count and study.get_trials(deepcopy=False, states=(TrialState.WAITING,)):
        trial = study.ask()
        value = trial.suggest_float("lambda", 1e-9, 10, log=True)
        if value in lambdas:
            trials.append((trial, value))
        else:
            study.tell(trial, state=TrialState.FAIL)
    return trials


def work(settings):
    study = open_study(settings)
    rates = learning_rates(settings["stepSize"], settings["cycles"])
    seeds = range(1, settings["seeds"] + 1)
    share = settings["share"] if MODE == "batched" else 1
    means = {}
    while trials := take(study, settings["lambdas"], share):
        choices = [{"lambda": value, "seed": seed} for _, value in trials for seed in seeds]
        accuracies = train(choices, settings, rates)
        for index, (trial, value) in enumerate(trials):
            own = accuracies[index * len(seeds) : (index + 1) * len(seeds)]
            means[repr(value)] = sum(own) / len(own)
            study.tell(trial, means[repr(value)])
    return {"means": means}


serve({"prepare": prepare, "create": create, "work": work})
