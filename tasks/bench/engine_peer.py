"""The work of bench/engine.ts in TensorFlow for Python, timed when asked: a line of JSON in, a line out."""

import json
import math
import sys
import time

import numpy as np
import tensorflow as tf

MOMENTUM = 0.99
EPSILON = 1e-3


def cook(recipe):
    """The tensor of a recipe, as bench/_cells.ts makes it."""
    shape = recipe["shape"]
    if "constant" in recipe:
        return tf.constant(recipe["constant"], tf.float32, shape)
    i = np.arange(1, math.prod(shape) + 1, dtype=np.float64)
    values = recipe["gain"] * np.sin(recipe["frequency"] * i)
    return tf.constant(values.astype(np.float32).reshape(shape))


class Cell:
    """A cell's variables and its training step, in the form that TensorFlow's guides teach."""

    def __init__(self, spec, recipes, rate):
        self.spec = spec
        self.rate = rate
        self.weights = {name: tf.Variable(cook(r)) for name, r in recipes["weights"].items()}
        self.statistics = {name: tf.Variable(cook(r)) for name, r in recipes["statistics"].items()}
        self.x = cook(recipes["x"])
        self.target = cook(recipes["target"])

    def normalise(self, x, name, batch):
        y, mean, variance, *_ = tf.raw_ops.FusedBatchNormV3(
            x=x, scale=self.weights[name + ".weight"], offset=self.weights[name + ".bias"],
            mean=[], variance=[], epsilon=EPSILON, is_training=True)
        batch[name + ".running_mean"] = mean
        batch[name + ".running_var"] = variance
        return y

    def dense(self, x, name):
        kernel = self.weights[name + ".weight"]
        return tf.matmul(x, tf.reshape(kernel, kernel.shape[2:])) + self.weights[name + ".bias"]

    def layer(self, x, i, batch):
        w, p = self.weights, f"{i}."
        y = tf.nn.conv2d(x, w[p + "conv_pw.weight"], 1, "SAME")
        y = tf.nn.silu(self.normalise(y, p + "bn1", batch))
        y = tf.nn.depthwise_conv2d(y, w[p + "conv_dw.weight"], [1, 1, 1, 1], "SAME")
        y = tf.nn.silu(self.normalise(y, p + "bn2", batch))
        pooled = tf.reduce_mean(y, [1, 2])
        gate = tf.sigmoid(self.dense(tf.nn.silu(self.dense(pooled, p + "se.conv_reduce")),
                                     p + "se.conv_expand"))
        y = y * gate[:, None, None, :]
        y = tf.nn.conv2d(y, w[p + "conv_pwl.weight"], 1, "SAME")
        return x + self.normalise(y, p + "bn3", batch)

    def forward(self):
        batch = {}
        y = self.x
        for i in range(len(self.spec["layers"])):
            y = self.layer(y, i, batch)
        return y, batch

    def step(self):
        with tf.GradientTape() as tape:
            y, batch = self.forward()
            loss = tf.reduce_mean(tf.math.squared_difference(y, self.target))
        weights = list(self.weights.values())
        for weight, gradient in zip(weights, tape.gradient(loss, weights)):
            weight.assign_sub(self.rate * gradient)
        for name, value in batch.items():
            old = self.statistics[name]
            old.assign(MOMENTUM * old + (1 - MOMENTUM) * value)
        return loss


def calls():
    a = tf.constant([[1.0, 2.0], [3.0, 4.0]])
    b = tf.constant([[5.0, 6.0], [7.0, 8.0]])
    shape = [4]
    many = [tf.zeros([2, 2]) for _ in range(200)]
    compiled_add = tf.function(lambda a, b: tf.add(a, b))
    compiled_many = tf.function(lambda tensors: [tensor + 1.0 for tensor in tensors])
    return {
        "eager add, 2×2": lambda: tf.add(a, b),
        "eager matMul, 2×2": lambda: tf.matmul(a, b),
        "eager reshape, 2×2": lambda: tf.reshape(a, shape),
        "compiled add, 2×2": lambda: compiled_add(a, b),
        "compiled, 200 tensors in and out": lambda: compiled_many(many),
    }


def cell_works(cells):
    """Each work runs once and gives its value to read, which waits for the device."""

    def forward():
        return [tf.reduce_sum(cell.forward()[0][0, 0, 0]) for cell in cells]

    def step():
        return [cell.step() for cell in cells]

    works = {"forward": forward, "step": step}
    return {
        **{f"{name} eager": work for name, work in works.items()},
        **{f"{name} compiled": tf.function(work) for name, work in works.items()},
    }


def read(values):
    return [float(value) for value in values]


works = {}


def answer(request):
    task = request["task"]
    if task == "start":
        if request["threads"]:
            tf.config.threading.set_intra_op_parallelism_threads(request["threads"])
            tf.config.threading.set_inter_op_parallelism_threads(request["threads"])
        for gpu in tf.config.list_physical_devices("GPU"):
            tf.config.experimental.set_memory_growth(gpu, True)
        return {"version": tf.__version__, "python": sys.version.split()[0]}
    if task == "calls":
        works["calls"] = calls()
        return {}
    if task == "cells":
        cells = [Cell(cell["spec"], cell["recipes"], request["rate"]) for cell in request["cells"]]
        works[request["name"]] = cell_works(cells)
        return {}
    work = works[request["group"]][request["work"]]
    if task == "values":
        return {"values": read(work())}
    count = request["count"]
    reads = request["group"] != "calls"
    began = time.perf_counter()
    for _ in range(count):
        result = work()
        if reads:
            read(result)
    return {"seconds": (time.perf_counter() - began) / count}


device = None
for line in sys.stdin:
    request = json.loads(line)
    device = request.get("device", device)
    with tf.device(device):
        print(json.dumps(answer(request)), flush=True)
