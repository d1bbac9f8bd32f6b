"""A supernet's step in PyTorch, on the work that `deno task bench supernet` has: a line of JSON in, a line out.

`authors`: cell after cell, the teacher run up to the cell's block each time, channels first: what the authors' code does.
`joint`: one teacher pass for all cells, channels last: the fastest that PyTorch was seen to do.
"""

import json
import random
import sys
import time

import timm
import torch
import torch.nn.functional as F
from torch import nn


class MBConv(nn.Module):
    def __init__(self, inputs, width, kernel, expansion, stride):
        super().__init__()
        middle, reduced = inputs * expansion, max(1, inputs // 4)
        self.expand = None
        if expansion != 1:
            self.expand = nn.Sequential(nn.Conv2d(inputs, middle, 1, bias=False), nn.BatchNorm2d(middle))
        self.depthwise = nn.Conv2d(middle, middle, kernel, stride, kernel // 2, groups=middle, bias=False)
        self.norm = nn.BatchNorm2d(middle)
        self.reduce, self.excite = nn.Conv2d(middle, reduced, 1), nn.Conv2d(reduced, middle, 1)
        self.project = nn.Sequential(nn.Conv2d(middle, width, 1, bias=False), nn.BatchNorm2d(width))
        self.skip = stride == 1 and inputs == width

    def forward(self, x):
        y = F.silu(self.expand(x)) if self.expand is not None else x
        y = F.silu(self.norm(self.depthwise(y)))
        y = y * torch.sigmoid(self.excite(F.silu(self.reduce(y.mean((2, 3), keepdim=True)))))
        y = self.project(y)
        return x + y if self.skip else y


class Cell(nn.Module):
    def __init__(self, operations, inputs, outputs, depth, width, stride, has_stem):
        super().__init__()
        self.stem = None
        if has_stem:
            stem = nn.Conv2d(3, 32, 3, 2, 1, bias=False)
            self.stem = nn.Sequential(stem, nn.BatchNorm2d(32), nn.SiLU(), MBConv(32, 16, 3, 1, 1))
            inputs = 16
        widths = [inputs] + [width] * (depth - 1) + [outputs]
        self.layers = nn.ModuleList(
            nn.ModuleList(
                MBConv(widths[i], widths[i + 1], o["kernel"], o["expansion"], stride if i == 0 else 1)
                for o in operations
            )
            for i in range(depth)
        )

    def forward(self, x):
        if self.stem is not None:
            x = self.stem(x)
        for layer in self.layers:
            x = random.choice(list(layer))(x)
        return x


def prefix(teacher, x, block):
    """What block 1 reads, and the outputs of the blocks up to `block`."""
    maps, y = [x], teacher.blocks[0](teacher.bn1(teacher.conv_stem(x)))
    for stage in teacher.blocks[1 : block + 1]:
        y = stage(y)
        maps.append(y)
    return maps


class Supernet:
    def __init__(self, request, layout):
        self.device = "cuda" if torch.cuda.is_available() else "cpu"
        self.layout = layout
        self.shape = (request["batch"], 3, request["resolution"], request["resolution"])
        teacher = timm.create_model(request["teacher"], pretrained=False).eval()
        self.teacher = teacher.to(self.device, memory_format=layout)
        blocks = request["blocks"]
        with torch.no_grad():
            tiny = torch.zeros(1, 3, 64, 64, device=self.device)
            widths = [m.shape[1] for m in prefix(self.teacher, tiny, len(blocks))]
        self.cells = []
        for b, block in enumerate(blocks):
            for c in block["cells"]:
                sizes = (widths[b], widths[b + 1], c["depth"], c["width"], block["stride"], b == 0)
                cell = Cell(request["operations"], *sizes).to(self.device, memory_format=layout)
                adam = torch.optim.Adam(cell.parameters(), lr=0.002 if b == 0 else 0.005)
                self.cells.append((b, cell, adam))

    def step(self, joint):
        x = torch.randn(*self.shape, device=self.device).to(memory_format=self.layout)
        self.wait()
        start = time.perf_counter()
        if joint:
            with torch.no_grad():
                maps = prefix(self.teacher, x, self.cells[-1][0] + 1)
        for b, cell, adam in self.cells:
            if not joint:
                with torch.no_grad():
                    maps = prefix(self.teacher, x, b + 1)
            loss = F.mse_loss(cell(maps[b]), maps[b + 1])
            adam.zero_grad()
            loss.backward()
            adam.step()
        self.wait()
        return time.perf_counter() - start

    def wait(self):
        if self.device == "cuda":
            torch.cuda.synchronize()


def main():
    setup = json.loads(sys.stdin.readline())
    torch.manual_seed(setup["seed"])
    random.seed(setup["seed"])
    if setup.get("threads"):
        torch.set_num_threads(setup["threads"])
    supernets = {
        "joint": Supernet(setup, torch.channels_last),
        "authors": Supernet(setup, torch.contiguous_format),
    }
    device = supernets["joint"].device
    print(json.dumps({"torch": torch.__version__, "timm": timm.__version__, "device": device}), flush=True)
    for line in sys.stdin:
        mode = json.loads(line)["mode"]
        print(json.dumps({"seconds": supernets[mode].step(mode == "joint")}), flush=True)


main()
