"""The work of bench/data.ts in PyTorch's loader with torchvision's transforms: a line of JSON in, a line out."""

import json
import sys
import time

import PIL
import torch
import torchvision
import torchvision.transforms as T
import torchvision.transforms.functional as F
from PIL import Image
from torch.utils.data import DataLoader, Dataset

MODES = {"bicubic": T.InterpolationMode.BICUBIC, "bilinear": T.InterpolationMode.BILINEAR}


class Photographs(Dataset):
    """Images cut and mirrored as they were drawn; those without a box as in evaluation."""

    def __init__(self, start, work):
        self.files, self.side = start["files"], start["resolution"]
        self.drawn, self.mode = work["drawn"], MODES[work["interpolation"]]
        self.evaluate = T.Compose([T.Resize(int(self.side / 0.875), self.mode), T.CenterCrop(self.side)])
        self.policy = T.AutoAugment(interpolation=T.InterpolationMode.BILINEAR) if work["policy"] else None
        self.finish = T.Compose([T.ToTensor(), T.Normalize(start["mean"], start["std"])])

    def __len__(self):
        return len(self.drawn)

    def __getitem__(self, i):
        index, *rest = self.drawn[i]
        image = Image.open(self.files[index]).convert("RGB")
        if rest:
            *box, flipped = rest
            image = F.resized_crop(image, *box, [self.side, self.side], self.mode)
            if flipped:
                image = F.hflip(image)
        else:
            image = self.evaluate(image)
        if self.policy:
            image = self.policy(image)
        return self.finish(image), 0


def main():
    start, loader = None, None
    for line in sys.stdin:
        request = json.loads(line)
        answer = {}
        if request["task"] == "start":
            start = request
            answer = {"torch": torch.__version__, "torchvision": torchvision.__version__,
                      "pillow": PIL.__version__, "python": sys.version.split()[0]}
        elif request["task"] == "work":
            loader = DataLoader(Photographs(start, request), batch_size=start["batch"],
                                num_workers=start["workers"], persistent_workers=True)
        elif request["task"] == "values":
            images, _ = next(iter(loader))
            values = images.permute(0, 2, 3, 1).reshape(-1)[::request["every"]]
            answer = {"values": values.tolist()}
        elif request["task"] == "time":
            began = time.perf_counter()
            for _ in loader:
                pass
            answer = {"seconds": time.perf_counter() - began}
        print(json.dumps(answer), flush=True)


main()
