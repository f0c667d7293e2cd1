"""Ray Tune: a trial for each lambda, its seeds inside, an actor per core that is used again, data in the object store.

Argument `single` or `batched`: how the seeds of a trial are trained.
"""

import sys
import time
import warnings

import numpy
import ray
from data import Data, learning_rates
from ray import tune
from serve import serve

MODE = sys.argv[1]
state = {}


class Seeds(tune.Trainable):
    """All seeds of one lambda. `reset_config` lets Ray use the process, and the data in it, for the next trial."""

    def setup(self, config, data=None):
        from torch_networks import TorchData

        warnings.filterwarnings("ignore", message="The given NumPy array is not writable")
        # The arrays lie in shared memory, one copy for all processes.
        view = Data.__new__(Data)
        for name, value in data.items():
            setattr(view, name, ray.get(value) if isinstance(value, ray.ObjectRef) else value)
        self.torch_data = TorchData(view)
        self.config = config

    def reset_config(self, new_config):
        self.config = new_config
        return True

    def step(self):
        from torch_networks import train_batched, train_single

        config = self.config
        rates = learning_rates(config["stepSize"], config["cycles"])
        choices = [{"lambda": config["lambda"], "seed": seed} for seed in range(1, config["seeds"] + 1)]
        if MODE == "batched":
            accuracies = train_batched(self.torch_data, choices, config["hidden"], rates, one_dnn=True)[1]()
        else:
            accuracies = [train_single(self.torch_data, own, config["hidden"], rates)[1]()[0] for own in choices]
        return {"accuracy": float(numpy.mean(accuracies)), "done": True}


def prepare(settings):
    ray.init(
        num_cpus=settings["processes"],
        include_dashboard=False,
        log_to_driver=False,
        logging_level="ERROR",
        object_store_memory=int(1.2e9),
        _temp_dir=settings["temporary"],
    )
    data = vars(Data(settings["directory"]))
    state["data"] = {
        name: ray.put(value) if isinstance(value, numpy.ndarray) and value.ndim == 2 else value
        for name, value in data.items()
    }
    state["processes"] = settings["processes"]
    return {"ray": ray.__version__}


def work(settings):
    common = {name: settings[name] for name in ("stepSize", "cycles", "seeds", "hidden")}
    trainable = tune.with_resources(tune.with_parameters(Seeds, data=state["data"]), {"cpu": 1})
    tuner = tune.Tuner(
        trainable,
        param_space={**common, "lambda": tune.grid_search(settings["lambdas"])},
        tune_config=tune.TuneConfig(
            metric="accuracy", mode="max", reuse_actors=True, max_concurrent_trials=state["processes"]
        ),
        run_config=tune.RunConfig(
            storage_path=settings["storage"], verbose=0,
            checkpoint_config=tune.CheckpointConfig(checkpoint_frequency=0, checkpoint_at_end=False),
        ),
    )
    started = time.perf_counter()
    results = tuner.fit()
    seconds = time.perf_counter() - started
    if results.errors:
        raise results.errors[0]
    return {
        "seconds": seconds,
        "means": {repr(result.config["lambda"]): result.metrics["accuracy"] for result in results},
    }


def shutdown(_):
    ray.shutdown()


serve({"prepare": prepare, "work": work, "shutdown": shutdown})
