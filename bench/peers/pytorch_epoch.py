"""One training epoch in PyTorch, as fast as PyTorch users write it without a DataLoader.

Reads one JSON object a line from standard input and answers each with one line:
  {"model": "mlp", "batchSize": 64, "lr": 0.1, "threads": 1, "seed": 42}  ->  {"seconds": 0.21, "loss": 0.34}
The images lie in memory as float32; batches are x[perm], as in the loop that is measured beside it. The clock
holds shuffling, batching, forward, backward and update.
"""

import gzip
import json
import os
import sys
import time

import numpy
import torch

LAYERS = {"linear": [784, 10], "mlp": [784, 50, 10], "mlp-large": [784, 512, 512, 10]}


def read_idx(folder, name):
    path = os.path.join(folder, name)
    opened = open(path, "rb") if os.path.exists(path) else gzip.open(path + ".gz", "rb")
    with opened as file:
        data = file.read()
    rank = data[3]
    shape = [int.from_bytes(data[4 + 4 * i : 8 + 4 * i], "big") for i in range(rank)]
    return numpy.frombuffer(data, numpy.uint8, offset=4 + 4 * rank).reshape(shape)


def load(folder):
    images = read_idx(folder, "train-images-idx3-ubyte")[:50_000].reshape(-1, 784)
    labels = read_idx(folder, "train-labels-idx1-ubyte")[:50_000]
    x = torch.tensor(images, dtype=torch.float32) / 256
    return (x - x.mean()) / x.std(), torch.tensor(labels, dtype=torch.int64)


def make_model(name):
    sizes = LAYERS[name]
    layers = []
    for i in range(len(sizes) - 1):
        layers.append(torch.nn.Linear(sizes[i], sizes[i + 1]))
        if i < len(sizes) - 2:
            layers.append(torch.nn.ReLU())
    return torch.nn.Sequential(*layers)


def epoch(x, y, model, optimizer, batch_size):
    total = 0.0
    started = time.perf_counter()
    permutation = torch.randperm(len(x))
    for start in range(0, len(x), batch_size):
        index = permutation[start : start + batch_size]
        optimizer.zero_grad()
        loss = torch.nn.functional.cross_entropy(model(x[index]), y[index])
        loss.backward()
        optimizer.step()
        total += loss.item() * len(index)
    return time.perf_counter() - started, total / len(x)


def main():
    x, y = load(sys.argv[1])
    print(json.dumps({"peer": "PyTorch " + torch.__version__}), flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        torch.set_num_threads(request["threads"])
        torch.manual_seed(request["seed"])
        model = make_model(request["model"])
        optimizer = torch.optim.SGD(model.parameters(), lr=request["lr"])
        seconds, loss = epoch(x, y, model, optimizer, request["batchSize"])
        print(json.dumps({"seconds": seconds, "loss": loss}), flush=True)


if __name__ == "__main__":
    main()
