"""PyTorch, one process: argument `single`, `batched` or `one-dnn` (batched, on its internal oneDNN product)."""

import sys

import torch
from data import Data, learning_rates
from serve import serve
from torch_networks import TorchData, train_batched, train_single

MODE = sys.argv[1]
state = {}


def prepare(settings):
    state["data"] = TorchData(Data(settings["directory"]))
    return {"torch": torch.__version__}


def train(request):
    data, hidden, networks = state["data"], request["hidden"], request["networks"]
    rates = learning_rates(request["steps"] // 2, 1)
    packs = [[choice] for choice in networks] if MODE == "single" else [networks]
    answer = {"seconds": 0.0, "networkSteps": 0, "accuracies": []}
    for pack in packs:
        if MODE == "single":
            seconds, accuracy = train_single(data, pack[0], hidden, rates)
        else:
            seconds, accuracy = train_batched(data, pack, hidden, rates, one_dnn=MODE == "one-dnn")
        answer["seconds"] += seconds
        answer["networkSteps"] += len(rates) * len(pack)
        if request["judge"]:
            answer["accuracies"] += accuracy()
    return answer


serve({"prepare": prepare, "train": train})
