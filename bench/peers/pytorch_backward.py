"""Forward and backward of a fully connected network in PyTorch, with its autograd.

Reads one JSON object a line from standard input and answers each with one line:
  {"threads": 1}  ->  {"seconds": 0.1, "loss": 9.8, "norms": [...]}
The images do not require a gradient, so that autograd leaves theirs out.
"""

import json
import sys
import time

import torch

IMAGES, PIXELS, HIDDEN = 50_000, 784, 50


def main():
    torch.manual_seed(1)
    x, target = torch.randn(IMAGES, PIXELS), torch.randn(IMAGES, 1)
    model = torch.nn.Sequential(
        torch.nn.Linear(PIXELS, HIDDEN), torch.nn.ReLU(), torch.nn.Linear(HIDDEN, 1)
    )
    mse = torch.nn.MSELoss()
    print(json.dumps({"peer": "PyTorch " + torch.__version__}), flush=True)
    for line in sys.stdin:
        torch.set_num_threads(json.loads(line)["threads"])
        started = time.perf_counter()
        model.zero_grad()
        loss = mse(model(x), target)
        loss.backward()
        seconds = time.perf_counter() - started
        norms = [parameter.grad.norm().item() for parameter in model.parameters()]
        print(json.dumps({"seconds": seconds, "loss": loss.item(), "norms": norms}), flush=True)


if __name__ == "__main__":
    main()
