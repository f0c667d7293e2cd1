"""PyTorch, one process: argument `single` or `batched`."""

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
    packs = [networks] if MODE == "batched" else [[choice] for choice in networks]
    answer = {"seconds": 0.0, "networkSteps": 0, "accuracies": []}
    for pack in packs:
        if MODE == "batched":
            seconds, accuracy = train_batched(data, pack, hidden, rates)
        else:
            seconds, accuracy = train_single(data, pack[0], hidden, rates)
        answer["seconds"] += seconds
        answer["networkSteps"] += len(rates) * len(pack)
        if request["judge"]:
            answer["accuracies"] += accuracy()
    return answer


serve({"prepare": prepare, "train": train})
