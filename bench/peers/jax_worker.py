"""JAX, one process: a training is one compiled scan.

First argument: `single` runs network after network, `batched` a vmap of them. Second: `rows` keeps a hidden unit's weights in
a row of W1 (W1 x^T), `columns` in a column (x W1, as tutorials have it), which XLA multiplies far more slowly.
"""

import sys
import time
from functools import partial

import jax
import jax.numpy as jnp
from data import Data, learning_rates
from serve import serve

MODE, LAYOUT = sys.argv[1:3]
state = {}


def logits_of(weights, rows):
    if LAYOUT == "rows":
        hidden = jax.nn.relu(weights["W1"] @ rows.T + weights["b1"][:, None]).T
    else:
        hidden = jax.nn.relu(rows @ weights["W1"] + weights["b1"])
    return hidden @ weights["W2"] + weights["b2"]


def loss_of(weights, rows, labels):
    log_probability = jax.nn.log_softmax(logits_of(weights, rows))
    return -jnp.take_along_axis(log_probability, labels[:, None], axis=1).mean()


def train_one(weights, strength, rates, rows, labels):
    """rows: batches x batch size x inputs"""

    def step(weights, at):
        rate, index = at
        gradients = jax.grad(loss_of)(weights, rows[index], labels[index])
        decay = 1 - 2 * rate * strength
        return {
            name: weights[name] * (decay if name.startswith("W") else 1) - rate * gradients[name]
            for name in weights
        }, None

    indices = jnp.arange(len(rates)) % len(rows)
    return jax.lax.scan(step, weights, (rates, indices))[0]


train_one_compiled = jax.jit(train_one, donate_argnums=0)
train_many_compiled = jax.jit(jax.vmap(train_one, in_axes=(0, 0, None, None, None)), donate_argnums=0)


@partial(jax.jit)
def predict(weights, rows):
    return logits_of(weights, rows).argmax(1)


def prepare(settings):
    data = Data(settings["directory"])
    count = data.batches * data.batch_size
    state["data"] = data
    state["rows"] = jnp.asarray(data.train_rows[:count].reshape(data.batches, data.batch_size, -1))
    state["labels"] = jnp.asarray(data.train_labels[:count].reshape(data.batches, data.batch_size))
    state["validation"] = jnp.asarray(data.validation_rows)
    # The arrays hold a copy.
    data.train_rows = data.validation_rows = None
    return {"jax": jax.__version__}


def initial(hidden, choice):
    data = state["data"]
    first, second = data.initial_weights(hidden, choice["seed"])
    return {
        "W1": jnp.asarray(first if LAYOUT == "rows" else first.T),
        "b1": jnp.zeros(hidden),
        "W2": jnp.asarray(second),
        "b2": jnp.zeros(data.classes),
    }


def accuracies_of(weights):
    right = predict(weights, state["validation"]) == state["data"].validation_labels
    return float(right.mean())


def train(request):
    hidden, networks = request["hidden"], request["networks"]
    rates = jnp.asarray(learning_rates(request["steps"] // 2, 1), dtype=jnp.float32)
    rows, labels = state["rows"], state["labels"]
    answer = {"seconds": 0.0, "networkSteps": len(rates) * len(networks), "accuracies": []}
    starts = [initial(hidden, choice) for choice in networks]
    strengths = jnp.asarray([choice["lambda"] for choice in networks], dtype=jnp.float32)
    if MODE == "batched":
        stacked = jax.tree.map(lambda *parts: jnp.stack(parts), *starts)
        jax.block_until_ready(stacked)
        started = time.perf_counter()
        trained = jax.block_until_ready(train_many_compiled(stacked, strengths, rates, rows, labels))
        answer["seconds"] = time.perf_counter() - started
        ends = [jax.tree.map(lambda part, at=index: part[at], trained) for index in range(len(networks))]
    else:
        ends = []
        for weights, strength in zip(starts, strengths):
            jax.block_until_ready(weights)
            started = time.perf_counter()
            ends.append(jax.block_until_ready(train_one_compiled(weights, strength, rates, rows, labels)))
            answer["seconds"] += time.perf_counter() - started
    if request["judge"]:
        answer["accuracies"] = [accuracies_of(weights) for weights in ends]
    return answer


serve({"prepare": prepare, "train": train})
