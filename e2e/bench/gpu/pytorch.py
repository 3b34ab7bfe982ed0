"""The steps of the benchmark in PyTorch, eager, float32 without TF32, channels last.

    python3 pytorch.py --device cuda --workloads '[{"name": "...", "network": "resnet18", "edge": 64, "images": 16}]'

Prints a line of JSON a workload. The step is the one of SOCKET with its own settings: target images and pairs in one
pass, batch statistics, entropy, diversity, pseudo-labels, pair matching, statistics matching, SGD with Nesterov momentum.
"""

import argparse
import json
import time

import torch
from torch import nn
from torch.nn import functional as F

CLASSES = 10


def conv_bn(inputs, channels, size, stride, groups=1):
    conv = nn.Conv2d(inputs, channels, size, stride, size // 2, groups=groups, bias=False)
    return nn.Sequential(conv, nn.BatchNorm2d(channels))


class Residual(nn.Module):
    def __init__(self, inputs, outputs, stride, body):
        super().__init__()
        self.body = body
        same = stride == 1 and inputs == outputs
        self.shortcut = nn.Identity() if same else conv_bn(inputs, outputs, 1, stride)

    def forward(self, x):
        return F.relu(self.body(x) + self.shortcut(x), inplace=True)


def basic(inputs, channels, stride):
    first, second = conv_bn(inputs, channels, 3, stride), conv_bn(channels, channels, 3, 1)
    return Residual(inputs, channels, stride, nn.Sequential(first, nn.ReLU(inplace=True), second)), channels


def bottleneck(inputs, channels, stride):
    outputs = 4 * channels
    narrow, middle = conv_bn(inputs, channels, 1, 1), conv_bn(channels, channels, 3, stride)
    wide = conv_bn(channels, outputs, 1, 1)
    body = nn.Sequential(narrow, nn.ReLU(inplace=True), middle, nn.ReLU(inplace=True), wide)
    return Residual(inputs, outputs, stride, body), outputs


def stages(block, inputs, table):
    blocks = []
    for channels, stride, count in table:
        for at in range(count):
            made, inputs = block(inputs, channels, stride if at == 0 else 1)
            blocks.append(made)
    return blocks, inputs


def large_stem():
    return [conv_bn(3, 64, 7, 2), nn.ReLU(inplace=True), nn.MaxPool2d(3, 2, 1)]


def tiny():
    layers, inputs = [], 3
    for channels, stride in [(32, 2), (64, 2), (64, 1), (128, 2), (128, 1)]:
        layers += [conv_bn(inputs, channels, 3, stride), nn.ReLU(inplace=True)]
        inputs = channels
    return layers, inputs, 64


def resnet8():
    blocks, channels = stages(basic, 16, [(16, 1, 1), (32, 2, 1), (64, 2, 1)])
    return [conv_bn(3, 16, 3, 2), nn.ReLU(inplace=True), *blocks], channels, 64


def resnet18():
    blocks, channels = stages(basic, 64, [(64, 1, 2), (128, 2, 2), (256, 2, 2), (512, 2, 2)])
    return large_stem() + blocks, channels, 256


def resnet50():
    blocks, channels = stages(bottleneck, 64, [(64, 1, 3), (128, 2, 4), (256, 2, 6), (512, 2, 3)])
    return large_stem() + blocks, channels, 256


NETWORKS = {"tiny": tiny, "resnet8": resnet8, "resnet18": resnet18, "resnet50": resnet50}


class Network(nn.Module):
    def __init__(self, name):
        super().__init__()
        layers, channels, features = NETWORKS[name]()
        self.backbone = nn.Sequential(*layers)
        self.bottleneck = nn.Sequential(nn.Linear(channels, features), nn.BatchNorm1d(features))
        self.classifier = nn.utils.weight_norm(nn.Linear(features, CLASSES))
        self.classifier.requires_grad_(False)

    def forward(self, x):
        features = self.bottleneck(self.backbone(x).mean((2, 3)))
        return self.classifier(features), features


class Matching:
    """Gathers the moments of the target rows at every spatial batch norm, and compares them with the stored ones."""

    def __init__(self, network, rows):
        self.rows = rows
        self.gaps = []
        for layer in network.modules():
            if isinstance(layer, nn.BatchNorm2d):
                mean, variance = layer.running_mean.clone(), layer.running_var.clone()
                layer.register_forward_pre_hook(lambda _, x, m=mean, v=variance: self.see(x[0][: self.rows], m, v))

    def see(self, x, mean, variance):
        found = torch.var_mean(x, (0, 2, 3), unbiased=False)
        self.gaps.append(torch.linalg.vector_norm(found[1] - mean) + torch.linalg.vector_norm(found[0] - variance))

    def take(self):
        total = 10 * self.gaps[0] + sum(self.gaps[1:])
        self.gaps = []
        return total


def loss_of(network, matching, batch):
    rows = batch["rows"]
    logits, features = network(batch["images"])
    p = F.softmax(logits[:rows], 1)
    mean = p.mean(0)
    entropy = -(p * torch.log(p + 1e-5)).sum(1).mean()
    diversity = -(mean * torch.log(mean + 1e-5)).sum()
    labels = F.cross_entropy(logits[:rows], batch["labels"])
    pairs = torch.linalg.vector_norm(features[rows:] - batch["source_features"])
    return entropy - diversity + 0.3 * labels + 0.5 * pairs + 0.05 * matching.take()


def random_batch(network, edge, images, device):
    rows = images // 2
    x = torch.randn(images, 3, edge, edge, device=device).to(memory_format=torch.channels_last)
    with torch.no_grad():
        _, source = network.eval()(torch.randn_like(x[rows:]))
    network.train()
    labels = torch.randint(CLASSES, (rows,), device=device)
    return {"images": x, "rows": rows, "labels": labels, "source_features": source}


def measure(workload, device, steps, warm_ups):
    torch.manual_seed(0)
    network = Network(workload["network"]).to(device, memory_format=torch.channels_last)
    batch = random_batch(network, workload["edge"], workload["images"], device)
    matching = Matching(network, batch["rows"])
    parameters = [p for p in network.parameters() if p.requires_grad]
    optimizer = torch.optim.SGD(parameters, 0.001, 0.9, weight_decay=0.001, nesterov=True)
    wall, cpu = [], []
    for step in range(warm_ups + steps):
        start = time.perf_counter(), time.process_time()
        optimizer.zero_grad(set_to_none=True)
        loss_of(network, matching, batch).backward()
        optimizer.step()
        if device.type == "cuda":
            torch.cuda.synchronize()
        if step >= warm_ups:
            wall.append(1000 * (time.perf_counter() - start[0]))
            cpu.append(1000 * (time.process_time() - start[1]))
    return {"wall": wall, "cpu": cpu}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--workloads", required=True, help="JSON")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.backends.cuda.matmul.allow_tf32 = False
    torch.backends.cudnn.allow_tf32 = False
    torch.backends.cudnn.benchmark = True
    device = torch.device(options.device)
    label = torch.cuda.get_device_name() if device.type == "cuda" else f"{options.threads} thread(s) of the processor"
    for workload in json.loads(options.workloads):
        times = measure(workload, device, options.steps, 3)
        print(json.dumps({"name": workload["name"], "device": label, "version": torch.__version__, **times}), flush=True)


main()
