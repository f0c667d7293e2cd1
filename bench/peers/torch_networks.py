"""Two ways to train the networks with PyTorch: as its tutorials do, and many at once with everything written by hand."""

import time

import torch
from torch import nn

torch.set_num_threads(1)
torch.set_num_interop_threads(1)


class TorchData:
    """Tensors that share the arrays' memory."""

    def __init__(self, data):
        self.data = data
        self.rows = torch.from_numpy(data.train_rows)
        self.labels = torch.from_numpy(data.train_labels)
        size = data.batch_size
        self.batches = [
            (self.rows[first : first + size], self.labels[first : first + size])
            for first in range(0, data.batches * size, size)
        ]
        self.one_hot = [nn.functional.one_hot(labels, data.classes).float() for _, labels in self.batches]
        self.validation_rows = torch.from_numpy(data.validation_rows)
        self.validation_labels = torch.from_numpy(data.validation_labels)


def train_single(torch_data, choice, hidden, rates):
    """nn.Module and SGD; `weight_decay` is 2 lambda because the cost has lambda times the squares.

    Returns the seconds of the steps and a function that gives the validation accuracy.
    """
    data = torch_data.data
    first, second = data.initial_weights(hidden, choice["seed"])
    model = nn.Sequential(nn.Linear(data.inputs, hidden), nn.ReLU(), nn.Linear(hidden, data.classes))
    with torch.no_grad():
        model[0].weight.copy_(torch.from_numpy(first))
        model[2].weight.copy_(torch.from_numpy(second.T.copy()))
        model[0].bias.zero_()
        model[2].bias.zero_()
    groups = [
        {"params": [model[0].weight, model[2].weight], "weight_decay": 2 * choice["lambda"]},
        {"params": [model[0].bias, model[2].bias]},
    ]
    optimizer = torch.optim.SGD(groups, lr=float(rates[0]), fused=True)
    loss_of = nn.CrossEntropyLoss()
    batches = torch_data.batches
    started = time.perf_counter()
    for step, rate in enumerate(rates.tolist()):
        for group in optimizer.param_groups:
            group["lr"] = rate
        rows, labels = batches[step % len(batches)]
        optimizer.zero_grad(set_to_none=True)
        loss_of(model(rows), labels).backward()
        optimizer.step()
    seconds = time.perf_counter() - started

    def accuracy():
        with torch.no_grad():
            predicted = model(torch_data.validation_rows).argmax(1)
        return [(predicted == torch_data.validation_labels).float().mean().item()]

    return seconds, accuracy


class Group:
    """Networks of one lambda side by side: their decay is then one number, which the product applies in the same pass.

    `one_dnn` sends the two large products through PyTorch's internal oneDNN operator instead of its BLAS (MKL, whose float32
    product reaches half the speed on processors that are not Intel's).
    """

    def __init__(self, data, choices, hidden, one_dnn):
        weights = [data.initial_weights(hidden, choice["seed"]) for choice in choices]
        self.decay_rate = 2 * choices[0]["lambda"]
        self.count = len(choices)
        self.hidden = hidden
        self.one_dnn = one_dnn
        self.W1 = torch.cat([torch.from_numpy(first) for first, _ in weights])  # (count * hidden) x inputs
        self.b1 = torch.zeros(self.count * hidden)
        self.W2 = torch.stack([torch.from_numpy(second) for _, second in weights])
        self.b2 = torch.zeros(self.count, 1, data.classes)

    def forward(self, rows):
        if self.one_dnn:
            hidden = torch.ops.mkldnn._linear_pointwise(rows, self.W1, self.b1, "relu", [], "")
        else:
            hidden = torch.addmm(self.b1, rows, self.W1.t()).relu_()
        by_network = hidden.view(len(rows), self.count, self.hidden).transpose(0, 1)
        return hidden, by_network, torch.baddbmm(self.b2, by_network, self.W2)

    def step(self, rows, one_hot, rate):
        hidden, by_network, logits = self.forward(rows)
        change = torch.softmax(logits, 2).sub_(one_hot).mul_(-rate / len(rows))
        back = torch.bmm(change, self.W2.transpose(1, 2)).transpose(0, 1).reshape(len(rows), -1)
        back.mul_(hidden > 0)
        decay = 1 - rate * self.decay_rate
        self.W2.baddbmm_(by_network.transpose(1, 2), change, beta=decay)
        self.b2.add_(change.sum(1, keepdim=True))
        if self.one_dnn:
            product = torch.ops.mkldnn._linear_pointwise(back.t(), rows.t(), None, "none", [], "")
            torch.add(product, self.W1, alpha=decay, out=self.W1)
        else:
            self.W1.addmm_(back.t(), rows, beta=decay)
        self.b1.add_(back.sum(0))


def train_batched(torch_data, choices, hidden, rates, one_dnn=False):
    """Gradients by hand, in place. Returns as `train_single` does, with an accuracy for each choice, in their order."""
    lambdas = sorted({choice["lambda"] for choice in choices})
    members = [[index for index, choice in enumerate(choices) if choice["lambda"] == value] for value in lambdas]
    with torch.inference_mode():
        groups = [Group(torch_data.data, [choices[index] for index in own], hidden, one_dnn) for own in members]
        batches = torch_data.batches
        started = time.perf_counter()
        for step, rate in enumerate(rates.tolist()):
            rows, _ = batches[step % len(batches)]
            one_hot = torch_data.one_hot[step % len(batches)]
            for group in groups:
                group.step(rows, one_hot, rate)
        seconds = time.perf_counter() - started

    def accuracy():
        accuracies = [0.0] * len(choices)
        with torch.inference_mode():
            for own, group in zip(members, groups):
                predicted = group.forward(torch_data.validation_rows)[2].argmax(2)
                right = (predicted == torch_data.validation_labels).float().mean(1)
                for index, value in zip(own, right.tolist()):
                    accuracies[index] = value
        return accuracies

    return seconds, accuracy
