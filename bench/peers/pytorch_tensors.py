"""Operations on tensors in PyTorch.

Reads one JSON object a line from standard input and answers each with one line:
  {"case": "exp(a)", "threads": 1}  ->  {"seconds": 0.02, "sum": 1.71}
The seconds are of one run, on average over 50 ms; the sum is the mean of the result, which proves that both sides
do the same.
"""

import json
import sys
import time

import torch

IMAGES, PIXELS = 50_000, 784
SAMPLE_SECONDS = 0.05

torch.manual_seed(1)
a = torch.rand(IMAGES, PIXELS)
row = torch.rand(PIXELS)
column = torch.rand(IMAGES, 1)
some = torch.rand(100_000)
ten, other_ten, thousand, other_thousand = (torch.rand(size) for size in (10, 10, 1000, 1000))
left, right = torch.rand(5, PIXELS), torch.rand(PIXELS, 10)
batch = torch.rand(64, 28, 28)
target = torch.rand(IMAGES, 1)
model = torch.nn.Sequential(torch.nn.Linear(PIXELS, 50), torch.nn.ReLU(), torch.nn.Linear(50, 1))
mask = a < 0.5
out = torch.zeros(IMAGES, PIXELS)
some_out = torch.zeros(100_000)

def forward_and_backward():
    model.zero_grad()
    loss = torch.nn.functional.mse_loss(model(a), target)
    loss.backward()
    return loss.detach()


CASES = {
    "a - row": lambda: torch.sub(a, row),
    "a - row, into out": lambda: torch.sub(a, row, out=out),
    "a * column": lambda: torch.mul(a, column),
    "a * column, into out": lambda: torch.mul(a, column, out=out),
    "exp(a)": lambda: torch.exp(a),
    "exp(a), into out": lambda: torch.exp(a, out=out),
    "sigmoid(a)": lambda: torch.sigmoid(a),
    "sigmoid(a), into out": lambda: torch.sigmoid(a, out=out),
    "a.t() made contiguous": lambda: a.t().contiguous(),
    "a[a < 0.5]": lambda: torch.masked_select(a, mask),
    "mean(0)": lambda: a.mean(0),
    "mean(1)": lambda: a.mean(1),
    "std()": lambda: a.std(),
    "sum()": lambda: a.sum(),
    "sum of a[::2, ::2]": lambda: a[::2, ::2].sum(),
    "sum of a.t()[::2]": lambda: a.t()[::2].sum(),
    "exp, 100000 into out": lambda: torch.exp(some, out=some_out),
    "log, 100000 into out": lambda: torch.log(some, out=some_out),
    "tanh, 100000 into out": lambda: torch.tanh(some, out=some_out),
    "sigmoid, 100000 into out": lambda: torch.sigmoid(some, out=some_out),
    "a - row, in a scope": lambda: torch.sub(a, row),
    "forward and backward, 784-50-1": forward_and_backward,
    "small: add of 10": lambda: ten.add(other_ten),
    "small: add of 1000": lambda: thousand.add(other_thousand),
    "small: view(-1, 784)": lambda: batch.view(-1, PIXELS),
    "small: 5×784 @ 784×10": lambda: left.matmul(right),
    "a - 0.5, 100000 into out": lambda: torch.sub(some, 0.5, out=some_out),
}


def answer(request):
    torch.set_num_threads(request["threads"])
    run = CASES[request["case"]]
    total = run().double().mean().item()
    at_once = range(2000 if request["case"].startswith("small") else 1)
    started = time.perf_counter()
    runs, seconds = 0, 0.0
    while seconds < SAMPLE_SECONDS:
        for _ in at_once:
            run()
        runs += len(at_once)
        seconds = time.perf_counter() - started
    return {"seconds": seconds / runs, "sum": total}


def main():
    print(json.dumps({"peer": "PyTorch " + torch.__version__}), flush=True)
    for line in sys.stdin:
        print(json.dumps(answer(json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
