"""The relative error of PyTorch's sum.

Reads one JSON object a line from standard input and answers each with one line:
  {"distribution": "normal", "seed": 1, "count": 10000000}  ->  {"error": 3.1e-07}
"""

import json
import sys

import numpy
import torch


def error_of(request):
    torch.manual_seed(request["seed"])
    draw = torch.rand if request["distribution"] == "uniform" else torch.randn
    x = draw(request["count"])
    exact = numpy.sum(x.numpy(), dtype=numpy.longdouble)
    return float((numpy.longdouble(x.sum().item()) - exact) / exact)


def main():
    print(json.dumps({"peer": "PyTorch " + torch.__version__}), flush=True)
    for line in sys.stdin:
        print(json.dumps({"error": error_of(json.loads(line))}), flush=True)


if __name__ == "__main__":
    main()
