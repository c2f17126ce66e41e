"""Bad input -> exact text on stderr and exit code; and nothing that a refused command leaves behind.

A case is a small config that is right, with one stretch of its text replaced.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from rnnctl.catalogue import names
from rnnctl.cli.app import main
from rnnctl.config.members import MEMBERS
from rnnctl.errors import nearest_file

BASE = """\
name: b
data:
  csv: d.csv
  input: [x]
  target: {column: x, ahead: 1}
  split: {train: 0.7, valid: 0.15, test: 0.15}
  scale: standard
model:
  chain:
    - lstm: 4
    - dense: 1
training:
  loss: mse
  optimizer: {adam: {lr: 3e-3}}
  epochs: 2
  window: 6
"""
SINE = BASE.replace("  csv: d.csv\n  input: [x]\n  target: {column: x, ahead: 1}\n", "  task: sine\n")
CLASSES = BASE.replace("dense: 1", "dense: 2")
CELL = BASE.replace(
    "model:\n  chain:\n    - lstm: 4\n",
    """\
cells:
  mine:
    state: {h: size}
    parameters:
      W: {shape: [size, input], init: glorot_uniform}
      U: {shape: [size, size], init: orthogonal}
    equations: |
      a = W @ x
      h' = tanh(a + U @ h)
    output: h'
model:
  chain:
    - mine: 4
""",
)
DATA = "t,x,c\n" + "".join(f"{i},{i * 0.5},{'ab'[i % 2]}\n" for i in range(40))


# The tables. A case is its name after '#', the lines of the config that it replaces after '-', those that take
# their place after '+', and after '=' the exit code, and the config where it is not BASE; below stands the text.

# Keys, sections and YAML itself.
KEYS = """
# numbers with a comma in braces
-  optimizer: {adam: {lr: 3e-3}}
-  epochs: 2
+  optimizer: {adam: {lr: 0,003, betas: [0.9, 0.99]}}
+  clip: {norm: 1,500}
+  schedule: {cosine: {warmup: 1,000,000}}
= 2
error: a ',' ends the value in braces: a number has none
  --> c.yaml:14:26
 14 |   optimizer: {adam: {lr: 0,003, betas: [0.9, 0.99]}}
    |                          ^^^^^
    = help: write 0.003, with a point
error: a ',' ends the value in braces: a number has none
  --> c.yaml:15:16
 15 |   clip: {norm: 1,500}
    |                ^^^^^
    = help: write 1500, or 1.500 with a point
error: a ',' ends the value in braces: a number has none
  --> c.yaml:16:31
 16 |   schedule: {cosine: {warmup: 1,000,000}}
    |                               ^^^^^^^^^
    = help: write 1000000
# no-break spaces
-  loss: mse
-  optimizer: {adam: {lr: 3e-3}}
-  epochs: 2
+  loss:<NBSP>mse
+  optimizer: {adam:<NNBSP>{lr: 3e-3}}
+<NBSP> epochs: two<NBSP>
= 2
error: this is a no-break space, U+00A0, and no space to YAML
  --> c.yaml:13:8
 13 |   loss:\\xa0mse
    |        ^^^^
    = help: write a space, or leave it out
error: this is a no-break space, U+202F, and no space to YAML
  --> c.yaml:14:20
 14 |   optimizer: {adam:\\u202f{lr: 3e-3}}
    |                    ^^^^^^
    = help: write a space, or leave it out
error: this is a no-break space, U+00A0, and no space to YAML
  --> c.yaml:15:1
 15 | \\xa0 epochs: two\\xa0
    | ^^^^
    = help: write a space, or leave it out
error: epochs must be a whole number, not the text 'two'
  --> c.yaml:15:11
 15 | \\xa0 epochs: two\\xa0
    |              ^^^
error: this is a no-break space, U+00A0, and no space to YAML
  --> c.yaml:15:14
 15 | \\xa0 epochs: two\\xa0
    |                 ^^^^
    = help: write a space, or leave it out
# a loss at the top of the file
-  loss: mse
-  optimizer: {adam: {lr: 3e-3}}
-  epochs: 2
-  window: 6
+  epochs: 2
+loss: mse
+layers: 2
+rate: 3
= 2
error: missing key 'loss'
  --> c.yaml:12:1
 12 | training:
    | ^^^^^^^^
    = help: loss: what is made small: a mean over scored steps (mse, mae, huber, gaussian, cross_entropy, binary_cross_entropy)
error: unknown key 'loss'
  --> c.yaml:14:1
 14 | loss: mse
    | ^^^^
    = help: 'loss' belongs under `training`
error: unknown key 'layers'
  --> c.yaml:15:1
 15 | layers: 2
    | ^^^^^^
    = help: 'chain' belongs under `model`
error: unknown key 'rate'
  --> c.yaml:16:1
 16 | rate: 3
    | ^^^^
    = help: known here: name, data, cells, model, training, expect, extends, vars, ignore, format
# a section indented under another one
-training:
-  loss: mse
-  optimizer: {adam: {lr: 3e-3}}
-  epochs: 2
-  window: 6
+  training:
+    loss: mse
= 2
error: unknown key 'training'
  --> c.yaml:12:3
 12 |   training:
    |   ^^^^^^^^
    = help: 'training' belongs at the top of the file, without a space before it
# an optimizer that stands twice, each with its settings
-  optimizer: {adam: {lr: 3e-3}}
+  optimizer: {adam: {lr: 3e-3}}
+  optimizer: {adamw: {lr: 3e-3}}
= 2
error: the key 'optimizer' stands twice in one mapping
  --> c.yaml:15:3
 15 |   optimizer: {adamw: {lr: 3e-3}}
    |   ^^^^^^^^^
  ::: c.yaml:14:3
 14 |   optimizer: {adam: {lr: 3e-3}}
    |   --------- it stands first here
    = help: keep one of the two
# settings of a loss that has none
-  loss: mse
+  loss: {mse: {a: 1}}
= 2
error: unknown key 'a'
  --> c.yaml:13:16
 13 |   loss: {mse: {a: 1}}
    |                ^
    = help: leave it out: mse has no settings
# sections with nothing in them
-training:
-  loss: mse
-  optimizer: {adam: {lr: 3e-3}}
-  epochs: 2
-  window: 6
+training:
= 2
error: training must be a mapping, not nothing
  --> c.yaml:12:1
 12 | training:
    | ^^^^^^^^
    = help: write `loss: mse` below it, two spaces in
# a misspelt section
-training:
+trainin:
= 2
error: unknown key 'trainin'
  --> c.yaml:12:1
 12 | trainin:
    | ^^^^^^^
    = help: did you mean 'training'? known here: name, data, cells, model, training, expect, extends, vars, ignore, format
# a misspelt first section
-data:
+dat:
= 2
error: unknown key 'dat'
  --> c.yaml:2:1
 2 | dat:
   | ^^^
   = help: did you mean 'data'? known here: name, data, cells, model, training, expect, extends, vars, ignore, format
# a section that is not there
-training:
-  loss: mse
-  optimizer: {adam: {lr: 3e-3}}
-  epochs: 2
-  window: 6
= 2
error: missing section 'training'
  --> c.yaml:1:1
 1 | name: b
   | ^^^^
   = help: sections: data, cells, model, training, expect
# a key of a section at the top
-name: b
+name: b
+epochs: 3
= 2
error: unknown key 'epochs'
  --> c.yaml:2:1
 2 | epochs: 3
   | ^^^^^^
   = help: 'epochs' belongs under `training`
# a key of another section
-  input: [x]
+  input: [x]
+  window: 6
= 2
error: unknown key 'window'
  --> c.yaml:5:3
 5 |   window: 6
   |   ^^^^^^
   = help: 'window' belongs under `training`
# a key of the optimizer
-  window: 6
+  lr: 3
= 2
error: unknown key 'lr'
  --> c.yaml:16:3
 16 |   lr: 3
    |   ^^
    = help: 'lr' belongs under `training.optimizer.adam`
# a key of the target at the data
-  input: [x]
+  input: [x]
+  ahead: 1
= 2
error: unknown key 'ahead'
  --> c.yaml:5:3
 5 |   ahead: 1
   |   ^^^^^
   = help: 'ahead' belongs under `data.target`
# a misspelt key of data
-  input: [x]
+  inptu: [x]
= 2
error: unknown key 'inptu'
  --> c.yaml:4:3
 4 |   inptu: [x]
   |   ^^^^^
   = help: did you mean 'input'? known here: csv, text, task, id, time, input, target, split, scale
# a misspelt key of the input
-  input: [x]
+  input: {column: [x]}
= 2
error: unknown key 'column'
  --> c.yaml:4:11
 4 |   input: {column: [x]}
   |           ^^^^^^
   = help: did you mean 'columns'? known here: columns, kind
# a misspelt key of the target
-  target: {column: x, ahead: 1}
+  target: {colum: x}
= 2
error: unknown key 'colum'
  --> c.yaml:5:12
 5 |   target: {colum: x}
   |            ^^^^^
   = help: did you mean 'column'? known here: column, columns, kind, ahead, each, where
# a misspelt key of the split
-  split: {train: 0.7, valid: 0.15, test: 0.15}
+  split: {trian: 0.7}
= 2
error: unknown key 'trian'
  --> c.yaml:6:11
 6 |   split: {trian: 0.7}
   |           ^^^^^
   = help: did you mean 'train'? known here: train, valid, test, shuffle
# a misspelt key of the model
-  chain:
+  chian:
= 2
error: unknown key 'chian'
  --> c.yaml:9:3
 9 |   chian:
   |   ^^^^^
   = help: did you mean 'chain'? known here: chain
# a misspelt required key
-  loss: mse
+  los: mse
= 2
error: unknown key 'los'
  --> c.yaml:13:3
 13 |   los: mse
    |   ^^^
    = help: did you mean 'loss'? known here: loss, optimizer, schedule, clip, epochs, early_stopping, batching, batch, window, reset, burn_in, learn_initial_state, shuffle, seed, precision, threads
# a missing required key
-  loss: mse
= 2
error: missing key 'loss'
  --> c.yaml:12:1
 12 | training:
    | ^^^^^^^^
    = help: loss: what is made small: a mean over scored steps (mse, mae, huber, gaussian, cross_entropy, binary_cross_entropy)
# a misspelt key of training
-  window: 6
+  windw: 3
= 2
error: unknown key 'windw'
  --> c.yaml:16:3
 16 |   windw: 3
    |   ^^^^^
    = help: did you mean 'window'? known here: loss, optimizer, schedule, clip, epochs, early_stopping, batching, batch, window, reset, burn_in, learn_initial_state, shuffle, seed, precision, threads
# a misspelt optimizer
-  optimizer: {adam: {lr: 3e-3}}
+  optimizer: adamm
= 2
error: unknown optimizer 'adamm'
  --> c.yaml:14:14
 14 |   optimizer: adamm
    |              ^^^^^
    = help: did you mean 'adam'? known here: adam, adamw, rmsprop, sgd
# a misspelt optimizer in braces
-  optimizer: {adam: {lr: 3e-3}}
+  optimizer: {adamm: {}}
= 2
error: unknown optimizer 'adamm'
  --> c.yaml:14:15
 14 |   optimizer: {adamm: {}}
    |               ^^^^^
    = help: did you mean 'adam'? known here: adam, adamw, rmsprop, sgd
# a misspelt key of the optimizer
-  optimizer: {adam: {lr: 3e-3}}
+  optimizer: {adam: {lrr: 1}}
= 2
error: unknown key 'lrr'
  --> c.yaml:14:22
 14 |   optimizer: {adam: {lrr: 1}}
    |                      ^^^
    = help: did you mean 'lr'? known here: lr, betas, eps
# a key of another optimizer
-  optimizer: {adam: {lr: 3e-3}}
+  optimizer: {adam: {weight_decay: 3}}
= 2
error: unknown key 'weight_decay'
  --> c.yaml:14:22
 14 |   optimizer: {adam: {weight_decay: 3}}
    |                      ^^^^^^^^^^^^
    = help: 'weight_decay' belongs under `training.optimizer.adamw`
# two optimizers
-  optimizer: {adam: {lr: 3e-3}}
+  optimizer: {adam: {}, sgd: {}}
= 2
error: optimizer is one of adam, adamw, rmsprop, sgd, and adam and sgd are given
  --> c.yaml:14:3
 14 |   optimizer: {adam: {}, sgd: {}}
    |   ^^^^^^^^^
    = help: keep one
# no optimizer
-  optimizer: {adam: {lr: 3e-3}}
+  optimizer: {}
= 2
error: optimizer is one of adam, adamw, rmsprop, sgd, and none is given
  --> c.yaml:14:3
 14 |   optimizer: {}
    |   ^^^^^^^^^
    = help: write optimizer: adam, say
# a misspelt loss
-  loss: mse
+  loss: msee
= 2
error: unknown loss 'msee'
  --> c.yaml:13:9
 13 |   loss: msee
    |         ^^^^
    = help: did you mean 'mse'? known here: mse, mae, huber, gaussian, cross_entropy, binary_cross_entropy
# a misspelt key of a loss
-  loss: mse
+  loss: {huber: {dleta: 2}}
= 2
error: unknown key 'dleta'
  --> c.yaml:13:18
 13 |   loss: {huber: {dleta: 2}}
    |                  ^^^^^
    = help: did you mean 'delta'? known here: delta
# a key of another loss
-  loss: mse
+  loss: {mse: {delta: 2}}
= 2
error: unknown key 'delta'
  --> c.yaml:13:16
 13 |   loss: {mse: {delta: 2}}
    |                ^^^^^
    = help: 'delta' belongs under `training.loss.huber`
# no loss
-  loss: mse
+  loss: {}
= 2
error: loss is one of mse, mae, huber, gaussian, cross_entropy, binary_cross_entropy, and none is given
  --> c.yaml:13:3
 13 |   loss: {}
    |   ^^^^
    = help: write loss: mse, say
# two losses
-  loss: mse
+  loss: {mse: {}, mae: {}}
= 2
error: loss is one of mse, mae, huber, gaussian, cross_entropy, binary_cross_entropy, and mse and mae are given
  --> c.yaml:13:3
 13 |   loss: {mse: {}, mae: {}}
    |   ^^^^
    = help: keep one
# a misspelt schedule
-  window: 6
+  schedule: cosin
= 2
error: unknown schedule 'cosin'
  --> c.yaml:16:13
 16 |   schedule: cosin
    |             ^^^^^
    = help: did you mean 'cosine'? known here: constant, linear, cosine, exponential, step
# a schedule that needs a key
-  window: 6
+  schedule: step
= 2
error: missing key 'every'
  --> c.yaml:16:13
 16 |   schedule: step
    |             ^^^^
    = help: every: epochs from one multiplication to the next
# two bounds of a gradient
-  window: 6
+  clip: {norm: 1, value: 1}
= 2
error: clip is one of norm, value, and norm and value are given
  --> c.yaml:16:3
 16 |   clip: {norm: 1, value: 1}
    |   ^^^^
    = help: keep one
# no bound of a gradient
-  window: 6
+  clip: {}
= 2
error: clip is one of norm, value, and none is given
  --> c.yaml:16:3
 16 |   clip: {}
    |   ^^^^
    = help: write clip: {norm: 1}, say, or null for none
# a misspelt key of the window
-  window: 6
+  window: {update: 8, backwards: 16}
= 2
error: unknown key 'backwards'
  --> c.yaml:16:23
 16 |   window: {update: 8, backwards: 16}
    |                       ^^^^^^^^^
    = help: did you mean 'backward'? known here: update, backward
# a misspelt required key of the window
-  window: 6
+  window: {updat: 8}
= 2
error: unknown key 'updat'
  --> c.yaml:16:12
 16 |   window: {updat: 8}
    |            ^^^^^
    = help: did you mean 'update'? known here: update, backward
# a window without an update
-  window: 6
+  window: {backward: 8}
= 2
error: missing key 'update'
  --> c.yaml:16:3
 16 |   window: {backward: 8}
    |   ^^^^^^
    = help: update: steps from one update to the next
# a key of the window at training
-  window: 6
+  backward: 8
= 2
error: unknown key 'backward'
  --> c.yaml:16:3
 16 |   backward: 8
    |   ^^^^^^^^
    = help: 'backward' belongs under `training.window`
# a misspelt key of early stopping
-  window: 6
+  early_stopping: {patience: 2, margn: 0.1}
= 2
error: unknown key 'margn'
  --> c.yaml:16:33
 16 |   early_stopping: {patience: 2, margn: 0.1}
    |                                 ^^^^^
    = help: did you mean 'margin'? known here: patience, margin
# a key twice
-name: b
+name: b
+name: c
= 2
error: the key 'name' stands twice in one mapping
  --> c.yaml:2:1
 2 | name: c
   | ^^^^
  ::: c.yaml:1:1
 1 | name: b
   | ---- it stands first here
   = help: keep one of the two
# a tab
-name: b
+name: b
+<TAB>x: 3
= 2
error: YAML does not allow tabs for indentation
  --> c.yaml:2:1
 2 | <TAB>x: 3
   | ^
   = help: use spaces
# a quote left open
-name: b
+name: "b
= 2
error: this quote is never closed
  --> c.yaml:1:7
 1 | name: "b
   |       ^
   = help: add " at the end of the text
# not YAML
-data:
+data: [
= 2
error: this '[' is never closed
  --> c.yaml:2:7
 2 | data: [
   |       ^
   = help: add ']' after its last item, or the ',' that is missing before line 4
# a list
-name: b
-data:
+- a
+- b
+#
= 2
error: this line does not fit the list above it
  --> c.yaml:4:3
 4 |   csv: d.csv
   |   ^^^^^^^^^^
   = help: indent it like the item above
# a tag
-name: b
+name: !!python/object x
= 2
error: the tag '!!python/object' is not accepted here
  --> c.yaml:1:7
 1 | name: !!python/object x
   |       ^^^^^^^^^^^^^^^
   = help: remove it, or put text that starts with '!' in quotes
# an answer that the way back has read
-    - lstm: 4
-    - dense: 1
-training:
-  loss: mse
-  optimizer: {adam: {lr: 3e-3}}
-  epochs: 2
-  window: 6
+    - bidirectional: {lstm: 4}
+    - dense: 1
+training: {loss: mse, window: null}
= 2
error[bidirectional-sees-answer]: the backward direction sees the step that is asked for: the target is x 1 step ahead, and x is an input
  --> c.yaml:10:7
 10 |     - bidirectional: {lstm: 4}
    |       ^^^^^^^^^^^^^
  ::: c.yaml:5:30
  5 |   target: {column: x, ahead: 1}
    |                              - asked ahead
    = help: write the layers without bidirectional, or ask for what is not among the inputs
# a stack without its keys
-    - lstm: 4
+    - stack: {gru: 8}
= 2
error: stack takes layer and depth
  --> c.yaml:10:7
 10 |     - stack: {gru: 8}
    |       ^^^^^
    = help: write `stack: {layer: {gru: 8}, depth: 2}`
# a layer in capital letters
-    - lstm: 4
+    - LSTM: 4
= 2
error: unknown layer 'LSTM'
  --> c.yaml:10:7
 10 |     - LSTM: 4
    |       ^^^^
    = help: did you mean 'lstm'? layers: LAYERS
# a layer as others call it
-    - dense: 1
+    - linear: 1
= 2
error: unknown layer 'linear'
  --> c.yaml:11:7
 11 |     - linear: 1
    |       ^^^^^^
    = help: did you mean 'dense'? layers: LAYERS
# a size as others call it
-    - lstm: 4
+    - lstm: {hidden_size: 4}
= 2
error: unknown option 'hidden_size' of lstm
  --> c.yaml:10:14
 10 |     - lstm: {hidden_size: 4}
    |              ^^^^^^^^^^^
    = help: did you mean 'size'? options: size, input, initial_state, init
# a batch as others call it
-  window: 6
+  batch_size: 8
= 2
error: unknown key 'batch_size'
  --> c.yaml:16:3
 16 |   batch_size: 8
    |   ^^^^^^^^^^
    = help: did you mean 'batch'? known here: loss, optimizer, schedule, clip, epochs, early_stopping, batching, batch, window, reset, burn_in, learn_initial_state, shuffle, seed, precision, threads
# a learning rate as others call it
-  optimizer: {adam: {lr: 3e-3}}
+  optimizer: {adam: {learning_rate: 0.1}}
= 2
error: unknown key 'learning_rate'
  --> c.yaml:14:22
 14 |   optimizer: {adam: {learning_rate: 0.1}}
    |                      ^^^^^^^^^^^^^
    = help: did you mean 'lr'? known here: lr, betas, eps
# a learning rate at training
-  optimizer: {adam: {lr: 3e-3}}
+  learning_rate: 0.1
= 2
error: unknown key 'learning_rate'
  --> c.yaml:14:3
 14 |   learning_rate: 0.1
    |   ^^^^^^^^^^^^^
    = help: 'lr' belongs under `training.optimizer.adam`
# a key of an optimizer in its place
-  optimizer: {adam: {lr: 3e-3}}
+  optimizer: {lr: 0.1}
= 2
error: optimizer names one of adam, adamw, rmsprop, sgd, and 'lr' is none
  --> c.yaml:14:15
 14 |   optimizer: {lr: 0.1}
    |               ^^
    = help: write optimizer: {adam: {lr: 0.1}}
# a key of a loss in its place
-  loss: mse
+  loss: {delta: 2}
= 2
error: loss names one of mse, mae, huber, gaussian, cross_entropy, binary_cross_entropy, and 'delta' is none
  --> c.yaml:13:10
 13 |   loss: {delta: 2}
    |          ^^^^^
    = help: write loss: {huber: {delta: 2}}
# a policy that is a column
-  window: 6
+  reset: done
= 2
error: reset must be one of sequence, window, epoch, never, not the text 'done'
  --> c.yaml:16:10
 16 |   reset: done
    |          ^^^^
    = help: to reset where a column says so write reset: {after: COLUMN} or {before: COLUMN}
"""

# Values of another type.
TYPES = """
# several files for one
-  csv: d.csv
+  csv: [d.csv]
= 2
error: csv must be text, not a list
  --> c.yaml:3:8
 3 |   csv: [d.csv]
   |        ^
   = help: write csv: d.csv, one file
# a number for a schedule
-  epochs: 2
+  epochs: 2
+  schedule: {cosine: 10}
= 2
error: cosine must be a mapping, not 10
  --> c.yaml:16:22
 16 |   schedule: {cosine: 10}
    |                      ^^
    = help: write cosine: {warmup: 10}, say
# true in quotes
-  epochs: 2
+  epochs: 2
+  learn_initial_state: 'true'
= 2
error: learn_initial_state must be true or false, not the text 'true'
  --> c.yaml:16:24
 16 |   learn_initial_state: 'true'
    |                        ^^^^^^
    = help: write true, without quotes
# a model of layers alone
-  chain:
-    - lstm: 4
-    - dense: 1
+  - lstm: 4
+  - layer_norm
= 2
error: model must be a mapping, not a list
  --> c.yaml:9:3
 9 |   - lstm: 4
   |   ^
   = help: write `chain:` above the list
# text for a whole number
-  epochs: 2
+  epochs: ten
= 2
error: epochs must be a whole number, not the text 'ten'
  --> c.yaml:15:11
 15 |   epochs: ten
    |           ^^^
# a fraction for a whole number
-  epochs: 2
+  epochs: 2.0
= 2
error: epochs must be a whole number, not 2.0
  --> c.yaml:15:11
 15 |   epochs: 2.0
    |           ^^^
    = help: write 2
# quotes round a number
-  epochs: 2
+  epochs: "2"
= 2
error: epochs must be a whole number, not the text '2'
  --> c.yaml:15:11
 15 |   epochs: "2"
    |           ^^^
    = help: write 2, without quotes
# nothing for a number
-  epochs: 2
+  epochs:
= 2
error: epochs must be a whole number, not nothing
  --> c.yaml:15:3
 15 |   epochs:
    |   ^^^^^^
    = help: write a value behind it, or leave the key out
# a list for a number
-  epochs: 2
+  epochs: [1]
= 2
error: epochs must be a whole number, not a list
  --> c.yaml:15:11
 15 |   epochs: [1]
    |           ^
# yes for a number
-  optimizer: {adam: {lr: 3e-3}}
+  optimizer: {adam: {lr: yes}}
= 2
error: lr must be a number, not the text 'yes'
  --> c.yaml:14:26
 14 |   optimizer: {adam: {lr: yes}}
    |                          ^^^
# true for a number
-  optimizer: {adam: {lr: 3e-3}}
+  optimizer: {adam: {lr: true}}
= 2
error: lr must be a number, not true
  --> c.yaml:14:26
 14 |   optimizer: {adam: {lr: true}}
    |                          ^^^^
# yes for true
-  window: 6
+  learn_initial_state: yes
= 2
error: learn_initial_state must be true or false, not the text 'yes'
  --> c.yaml:16:24
 16 |   learn_initial_state: yes
    |                        ^^^
    = help: write true or false: yes, no, on and off are text
# 1 for true
-  window: 6
+  learn_initial_state: 1
= 2
error: learn_initial_state must be true or false, not 1
  --> c.yaml:16:24
 16 |   learn_initial_state: 1
    |                        ^
# a number for text
-  csv: d.csv
+  csv: 3
= 2
error: csv must be text, not 3
  --> c.yaml:3:8
 3 |   csv: 3
   |        ^
# empty text
-  csv: d.csv
+  csv: ""
= 2
error: csv must not be empty
  --> c.yaml:3:8
 3 |   csv: ""
   |        ^^
# a number for a name
-name: b
+name: 3
= 2
error: name must be letters, digits, '-', '_' and '.', 60 at most, not 3
  --> c.yaml:1:7
 1 | name: 3
   |       ^
   = help: write "3", in quotes
# nothing for a name
-name: b
+name: null
= 2
error: name must be letters, digits, '-', '_' and '.', 60 at most, not nothing
  --> c.yaml:1:7
 1 | name: null
   |       ^^^^
# a name that begins with a dot
-name: b
+name: .b
= 2
error: name must be letters, digits, '-', '_' and '.', 60 at most, not the text '.b'
  --> c.yaml:1:7
 1 | name: .b
   |       ^^
   = help: begin with a letter or a digit
# a path for a name
-name: b
+name: a/b
= 2
error: name must be letters, digits, '-', '_' and '.', 60 at most, not the text 'a/b'
  --> c.yaml:1:7
 1 | name: a/b
   |       ^^^
# a number for columns
-  input: [x]
+  input: 5
= 2
error: input must be a column, a list of columns, or a mapping, not 5
  --> c.yaml:4:10
 4 |   input: 5
   |          ^
# no columns
-  input: [x]
+  input: []
= 2
error: columns must not be empty
  --> c.yaml:4:10
 4 |   input: []
   |          ^
# a number for a column
-  input: [x]
+  input: [x, 1]
= 2
error: columns[1] must be text, not 1
  --> c.yaml:4:14
 4 |   input: [x, 1]
   |              ^
# text for a list of columns
-  input: [x]
+  input: {columns: x}
= 2
error: columns must be a list, not the text 'x'
  --> c.yaml:4:20
 4 |   input: {columns: x}
   |                    ^
# a list for the target
-  target: {column: x, ahead: 1}
+  target: [x]
= 2
error: target must be a column or a mapping, not a list
  --> c.yaml:5:11
 5 |   target: [x]
   |           ^
   = help: write target: {columns: [x]}
# a number for the split
-  split: {train: 0.7, valid: 0.15, test: 0.15}
+  split: 0.7
= 2
error: split must be a mapping, not 0.7
  --> c.yaml:6:10
 6 |   split: 0.7
   |          ^^^
   = help: write split: {train: 0.7, valid: 0.15, test: 0.15}
# a number for a section
-model:
-  chain:
-    - lstm: 4
-    - dense: 1
+model: 3
= 2
error: model must be a mapping, not 3
  --> c.yaml:8:8
 8 | model: 3
   |        ^
# a mapping for the chain
-  chain:
-    - lstm: 4
-    - dense: 1
+  chain: {lstm: 4}
= 2
error: chain must be a list, not a mapping
  --> c.yaml:9:10
 9 |   chain: {lstm: 4}
   |          ^
   = help: write each layer as an item of a list: `- lstm: 32`
# an empty chain
-  chain:
-    - lstm: 4
-    - dense: 1
+  chain: []
= 2
error: chain must not be empty
  --> c.yaml:9:10
 9 |   chain: []
   |          ^
# a number for an optimizer
-  optimizer: {adam: {lr: 3e-3}}
+  optimizer: {adam: 3}
= 2
error: adam must be a mapping, not 3
  --> c.yaml:14:21
 14 |   optimizer: {adam: 3}
    |                     ^
    = help: write adam: {lr: 3}
# text in a pair
-  optimizer: {adam: {lr: 3e-3}}
+  optimizer: {adam: {betas: [a, 0.9]}}
= 2
error: betas[0] must be a number, not the text 'a'
  --> c.yaml:14:30
 14 |   optimizer: {adam: {betas: [a, 0.9]}}
    |                              ^
# half a pair
-  optimizer: {adam: {lr: 3e-3}}
+  optimizer: {adam: {betas: [0.9]}}
= 2
error: betas has 1 item, too few
  --> c.yaml:14:29
 14 |   optimizer: {adam: {betas: [0.9]}}
    |                             ^
# three for a pair
-  optimizer: {adam: {lr: 3e-3}}
+  optimizer: {adam: {betas: [0.9, 0.9, 0.9]}}
= 2
error: betas has 3 items, more than 2
  --> c.yaml:14:29
 14 |   optimizer: {adam: {betas: [0.9, 0.9, 0.9]}}
    |                             ^
# a policy that is misspelt
-  window: 6
+  reset: sequnce
= 2
error: reset must be one of sequence, window, epoch, never, not the text 'sequnce'
  --> c.yaml:16:10
 16 |   reset: sequnce
    |          ^^^^^^^
    = help: did you mean 'sequence'? to reset where a column says so write reset: {after: COLUMN} or {before: COLUMN}
# a policy misspelt in braces
-  window: 6
+  reset: {policy: sequnce}
= 2
error: policy must be one of sequence, window, epoch, never, not the text 'sequnce'
  --> c.yaml:16:19
 16 |   reset: {policy: sequnce}
    |                   ^^^^^^^
    = help: did you mean 'sequence'? to reset where a column says so write reset: {after: COLUMN} or {before: COLUMN}
# a list for a policy
-  window: 6
+  reset: [window]
= 2
error: reset must be one of sequence, window, epoch, never, not a list
  --> c.yaml:16:10
 16 |   reset: [window]
    |          ^
# nothing for a policy
-  window: 6
+  reset: null
= 2
error: reset must be one of sequence, window, epoch, never, or a mapping, not nothing
  --> c.yaml:16:10
 16 |   reset: null
    |          ^^^^
    = help: write reset: never for none, which goes with batching: streams
# a list for a window
-  window: 6
+  window: [3]
= 2
error: window must be a whole number, null or a mapping, not a list
  --> c.yaml:16:11
 16 |   window: [3]
    |           ^
# text for a window
-  window: 6
+  window: none
= 2
error: window must be a whole number, null or a mapping, not the text 'none'
  --> c.yaml:16:11
 16 |   window: none
    |           ^^^^
    = help: write window: null for none
# text for the steps of a window
-  window: 6
+  window: {update: ten}
= 2
error: update must be a whole number, not the text 'ten'
  --> c.yaml:16:20
 16 |   window: {update: ten}
    |                    ^^^
# a number for a bound
-  window: 6
+  clip: 1
= 2
error: clip must be a mapping, not 1
  --> c.yaml:16:9
 16 |   clip: 1
    |         ^
    = help: write clip: {norm: 1}
# no for early stopping
-  window: 6
+  early_stopping: no
= 2
error: early_stopping must be a whole number, null or a mapping, not the text 'no'
  --> c.yaml:16:19
 16 |   early_stopping: no
    |                   ^^
    = help: write early_stopping: null for none
# false for early stopping
-  window: 6
+  early_stopping: false
= 2
error: early_stopping must be a whole number, null or a mapping, not false
  --> c.yaml:16:19
 16 |   early_stopping: false
    |                   ^^^^^
    = help: write early_stopping: null for none
# a number for a loss
-  loss: mse
+  loss: 3
= 2
error: loss must be the name of a loss, or a mapping, not 3
  --> c.yaml:13:9
 13 |   loss: 3
    |         ^
    = help: one of mse, mae, huber, gaussian, cross_entropy, binary_cross_entropy
# nothing for a loss
-  loss: mse
+  loss:
= 2
error: loss must be the name of a loss, or a mapping, not nothing
  --> c.yaml:13:3
 13 |   loss:
    |   ^^^^
    = help: one of mse, mae, huber, gaussian, cross_entropy, binary_cross_entropy
# a number for the settings of a loss
-  loss: mse
+  loss: {huber: 2}
= 2
error: huber must be a mapping, not 2
  --> c.yaml:13:17
 13 |   loss: {huber: 2}
    |                 ^
    = help: write huber: {delta: 2}
# text for the settings of a loss
-  loss: mse
+  loss: {huber: x}
= 2
error: huber must be a mapping, not the text 'x'
  --> c.yaml:13:17
 13 |   loss: {huber: x}
    |                 ^
# a number for the settings of a schedule
-  window: 6
+  schedule: {step: 3}
= 2
error: step must be a mapping, not 3
  --> c.yaml:16:20
 16 |   schedule: {step: 3}
    |                    ^
    = help: write step: {every: 3}
# text for threads
-  window: 6
+  threads: many
= 2
error: threads must be a whole number or auto, not the text 'many'
  --> c.yaml:16:12
 16 |   threads: many
    |            ^^^^
# a misspelt word for threads
-  window: 6
+  threads: auot
= 2
error: threads must be a whole number or auto, not the text 'auot'
  --> c.yaml:16:12
 16 |   threads: auot
    |            ^^^^
    = help: did you mean 'auto'?
# a fraction for threads
-  window: 6
+  threads: 2.0
= 2
error: threads must be a whole number or auto, not 2.0
  --> c.yaml:16:12
 16 |   threads: 2.0
    |            ^^^
# cells that are a list
-  scale: standard
+  scale: standard
+cells: []
= 2
error: cells must be a mapping, not a list
  --> c.yaml:8:8
 8 | cells: []
   |        ^
"""

# Numbers out of range.
RANGES = """
# a number too large, and what does not follow from it
-  window: 6
+  window: 99999999999999999999999
+  burn_in: 3
+  reset: window
+  optimiser: adam
= 2
error: this number is too large: whole numbers have at most 64 bits
  --> c.yaml:16:11
 16 |   window: 99999999999999999999999
    |           ^^^^^^^^^^^^^^^^^^^^^^^
error: unknown key 'optimiser'
  --> c.yaml:19:3
 19 |   optimiser: adam
    |   ^^^^^^^^^
    = help: did you mean 'optimizer'? known here: loss, optimizer, schedule, clip, epochs, early_stopping, batching, batch, window, reset, burn_in, learn_initial_state, shuffle, seed, precision, threads
# a number too large behind a misspelt layer
-    - lstm: 4
+    - lsmt: 99999999999999999999999
= 2
error: unknown layer 'lsmt'
  --> c.yaml:10:7
 10 |     - lsmt: 99999999999999999999999
    |       ^^^^
    = help: did you mean 'lstm'? layers: LAYERS
error: this number is too large: whole numbers have at most 64 bits
  --> c.yaml:10:13
 10 |     - lsmt: 99999999999999999999999
    |             ^^^^^^^^^^^^^^^^^^^^^^^
# a number too large, and a key misspelt beside it
-  epochs: 2
-  window: 6
+  epochs: 99999999999999999999999
+  windw: 6
= 2
error: this number is too large: whole numbers have at most 64 bits
  --> c.yaml:15:11
 15 |   epochs: 99999999999999999999999
    |           ^^^^^^^^^^^^^^^^^^^^^^^
error: unknown key 'windw'
  --> c.yaml:16:3
 16 |   windw: 6
    |   ^^^^^
    = help: did you mean 'window'? known here: loss, optimizer, schedule, clip, epochs, early_stopping, batching, batch, window, reset, burn_in, learn_initial_state, shuffle, seed, precision, threads
# no epoch
-  epochs: 2
+  epochs: 0
= 2
error: epochs must be at least 1, not 0
  --> c.yaml:15:11
 15 |   epochs: 0
    |           ^
# no step in a window
-  window: 6
+  window: 0
= 2
error: window must be at least 1, not 0
  --> c.yaml:16:11
 16 |   window: 0
    |           ^
    = help: write window: null for the whole row
# no step in a window in braces
-  window: 6
+  window: {update: 0}
= 2
error: update must be at least 1, not 0
  --> c.yaml:16:20
 16 |   window: {update: 0}
    |                    ^
# no thread
-  window: 6
+  threads: 0
= 2
error: threads must be at least 1 or auto, not 0
  --> c.yaml:16:12
 16 |   threads: 0
    |            ^
# an error of no size
-  loss: mse
+  loss: {huber: {delta: 0}}
= 2
error: delta must be above 0, not 0
  --> c.yaml:13:25
 13 |   loss: {huber: {delta: 0}}
    |                         ^
# more than all of the rate
-  window: 6
+  schedule: {cosine: {to: 2}}
= 2
error: to must be at most 1, not 2
  --> c.yaml:16:27
 16 |   schedule: {cosine: {to: 2}}
    |                           ^
# no patience
-  window: 6
+  early_stopping: 0
= 2
error: early_stopping must be at least 1, not 0
  --> c.yaml:16:19
 16 |   early_stopping: 0
    |                   ^
# a negative burn-in
-  window: 6
+  burn_in: -1
= 2
error: burn_in must be at least 0, not -1
  --> c.yaml:16:12
 16 |   burn_in: -1
    |            ^^
# a negative rate
-  optimizer: {adam: {lr: 3e-3}}
+  optimizer: {adam: {lr: -1}}
= 2
error: lr must be above 0, not -1
  --> c.yaml:14:26
 14 |   optimizer: {adam: {lr: -1}}
    |                          ^^
# an infinite rate
-  optimizer: {adam: {lr: 3e-3}}
+  optimizer: {adam: {lr: .inf}}
= 2
error: lr must be a finite number, not inf
  --> c.yaml:14:26
 14 |   optimizer: {adam: {lr: .inf}}
    |                          ^^^^
# a rate that is no number
-  optimizer: {adam: {lr: 3e-3}}
+  optimizer: {adam: {lr: .nan}}
= 2
error: lr must be a finite number, not nan
  --> c.yaml:14:26
 14 |   optimizer: {adam: {lr: .nan}}
    |                          ^^^^
# all of the momentum
-  optimizer: {adam: {lr: 3e-3}}
+  optimizer: {sgd: {momentum: 1}}
= 2
error: momentum must be below 1, not 1
  --> c.yaml:14:31
 14 |   optimizer: {sgd: {momentum: 1}}
    |                               ^
# a decay above 1
-  optimizer: {adam: {lr: 3e-3}}
+  optimizer: {adam: {betas: [2, 0.9]}}
= 2
error: betas[0] must be below 1, not 2
  --> c.yaml:14:30
 14 |   optimizer: {adam: {betas: [2, 0.9]}}
    |                              ^
# a negative seed
-  window: 6
+  seed: -1
= 2
error: seed must be at least 0, not -1
  --> c.yaml:16:9
 16 |   seed: -1
    |         ^^
# a seed beyond 63 bits
-  window: 6
+  seed: 9223372036854775808
= 2
error: seed must be below 9223372036854775808, not 9223372036854775808
  --> c.yaml:16:9
 16 |   seed: 9223372036854775808
    |         ^^^^^^^^^^^^^^^^^^^
# a number of many digits
-  window: 6
+  threads: 36893488147419103232
= 2
error: this number is too large: whole numbers have at most 64 bits
  --> c.yaml:16:12
 16 |   threads: 36893488147419103232
    |            ^^^^^^^^^^^^^^^^^^^^
# a slip of the finger
-  window: 6
+  batch: 10000000000
= 2
error: batch must be at most 1000000000, not 10000000000
  --> c.yaml:16:10
 16 |   batch: 10000000000
    |          ^^^^^^^^^^^
# a negative distance
-  target: {column: x, ahead: 1}
+  target: {column: x, ahead: -1}
= 2
error: ahead must be at least 0, not -1
  --> c.yaml:5:30
 5 |   target: {column: x, ahead: -1}
   |                              ^^
# more than all of the data
-  split: {train: 0.7, valid: 0.15, test: 0.15}
+  split: {train: 1.5}
= 2
error: train must be at most 1, not 1.5
  --> c.yaml:6:18
 6 |   split: {train: 1.5}
   |                  ^^^
# fractions beyond 1
-  split: {train: 0.7, valid: 0.15, test: 0.15}
+  split: {train: 0.5, valid: 0.5, test: 0.5}
= 2
error[split-sum]: the fractions add up to 1.5, not 1
  --> c.yaml:6:10
 6 |   split: {train: 0.5, valid: 0.5, test: 0.5}
   |          ^
   = help: train 0.5 + valid 0.5 + test 0.5 = 1.5; write split: {train: 0.7, valid: 0.15, test: 0.15}, say
# fractions beyond 1 with those left out
-  split: {train: 0.7, valid: 0.15, test: 0.15}
+  split: {train: 0.8}
= 2
error[split-sum]: the fractions add up to 1.1, not 1
  --> c.yaml:6:10
 6 |   split: {train: 0.8}
   |          ^
   = help: train 0.8 + valid 0.15 + test 0.15 = 1.1; what is not given is 0.7, 0.15 and 0.15; write split: {train: 0.8, valid: 0.1, test: 0.1}, say
# nothing to train on
-  split: {train: 0.7, valid: 0.15, test: 0.15}
+  split: {train: 0, valid: 0.5, test: 0.5}
= 2
error[no-training-data]: there is nothing to train on: train is 0
  --> c.yaml:6:18
 6 |   split: {train: 0, valid: 0.5, test: 0.5}
   |                  ^
"""

# What the keys of `training` cannot mean together, and what they leave nothing to score of.
STATE = """
# streams that are shuffled
-  window: 6
+  batching: streams
+  shuffle: true
= 2
error[shuffled-streams]: streams go on from window to window, so their sequences cannot be shuffled
  --> c.yaml:17:12
 17 |   shuffle: true
    |            ^^^^
  ::: c.yaml:16:13
 16 |   batching: streams
    |             ------- streams are asked for here
    = help: leave shuffle out, or write batching: sequences
# epochs of whole sequences
-  window: 6
+  reset: epoch
= 2
error[carry-without-streams]: reset: epoch needs rows that go on, and with batching: sequences each row is a sequence of its own
  --> c.yaml:16:10
 16 |   reset: epoch
    |          ^^^^^
    = help: write batching: streams, or reset: sequence
# sequences that never reset
-  window: 6
+  reset: {policy: never}
= 2
error[carry-without-streams]: reset: never needs rows that go on, and with batching: sequences each row is a sequence of its own
  --> c.yaml:16:19
 16 |   reset: {policy: never}
    |                   ^^^^^
    = help: write batching: streams, or reset: sequence
# steps back that are no multiple
-  window: 6
+  window: {update: 8, backward: 12}
= 2
error[backward-no-multiple]: backward must be a multiple of update, 8, not 12
  --> c.yaml:16:33
 16 |   window: {update: 8, backward: 12}
    |                                 ^^
    = help: write 8 or 16
# fewer steps back than forward
-  window: 6
+  window: {update: 8, backward: 4}
= 2
error[backward-no-multiple]: backward must be a multiple of update, 8, not 4
  --> c.yaml:16:33
 16 |   window: {update: 8, backward: 4}
    |                                 ^
    = help: write 8 or 16
# steps back across a reset
-  window: 6
+  window: {update: 8, backward: 16}
+  reset: window
= 2
error[backward-past-reset]: reset: window starts each window anew, so no gradient can go back further than one
  --> c.yaml:16:33
 16 |   window: {update: 8, backward: 16}
    |                                 ^^
  ::: c.yaml:17:10
 17 |   reset: window
    |          ------ every window resets
    = help: write window: 8
# a burn-in as long as the window
-  window: 6
+  window: 6
+  reset: window
+  burn_in: 8
= 2
error[burn-in-leaves-nothing]: burn_in leaves nothing to score: each window has 6 steps and resets
  --> c.yaml:18:12
 18 |   burn_in: 8
    |            ^
  ::: c.yaml:16:11
 16 |   window: 6
    |           - a window's steps
  ::: c.yaml:17:10
 17 |   reset: window
    |          ------ every window resets
    = help: write burn_in: 5 or less, or a longer window
# a burn-in as long as the series
-  window: 6
+  window: 6
+  burn_in: 27
= 3
error[burn-in-leaves-nothing]: burn_in leaves nothing to score: the training split has 27 steps
  --> c.yaml:17:12
 17 |   burn_in: 27
    |            ^^
  ::: c.yaml:6:18
  6 |   split: {train: 0.7, valid: 0.15, test: 0.15}
    |                  --- the training split
    = help: write burn_in: 26 or less
# a burn-in as long as a row
-  window: 6
+  batching: streams
+  batch: 4
+  reset: epoch
+  window: 4
+  burn_in: 7
= 3
error[burn-in-leaves-nothing]: burn_in leaves nothing to score: each of the 4 rows has 7 steps
  --> c.yaml:20:12
 20 |   burn_in: 7
    |            ^
  ::: c.yaml:17:10
 17 |   batch: 4
    |          - rows
    = help: write burn_in: 6 or less, or a smaller batch for longer rows
# all that is wrong with the state at once
-  window: 6
+  batching: streams
+  shuffle: true
+  window: {update: 8, backward: 12}
+  reset: window
+  burn_in: 9
= 2
error[shuffled-streams]: streams go on from window to window, so their sequences cannot be shuffled
  --> c.yaml:17:12
 17 |   shuffle: true
    |            ^^^^
  ::: c.yaml:16:13
 16 |   batching: streams
    |             ------- streams are asked for here
    = help: leave shuffle out, or write batching: sequences
error[backward-no-multiple]: backward must be a multiple of update, 8, not 12
  --> c.yaml:18:33
 18 |   window: {update: 8, backward: 12}
    |                                 ^^
    = help: write 8 or 16
error[burn-in-leaves-nothing]: burn_in leaves nothing to score: each window has 8 steps and resets
  --> c.yaml:20:12
 20 |   burn_in: 9
    |            ^
  ::: c.yaml:18:20
 18 |   window: {update: 8, backward: 12}
    |                    - a window's steps
  ::: c.yaml:19:10
 19 |   reset: window
    |          ------ every window resets
    = help: write burn_in: 7 or less, or a longer window
"""

# What the data section says.
DATA_SECTION = """
# neither file nor task
-  csv: d.csv
= 2
error: data is one of csv, text, task, and none is given
  --> c.yaml:2:1
 2 | data:
   | ^^^^
   = help: write `csv: file.csv`, `text: "*.txt"` or `task: sine`
# a file and a task
-  csv: d.csv
+  csv: d.csv
+  task: sine
= 2
error: data is one of csv, text, task, and csv and task are given
  --> c.yaml:2:1
 2 | data:
   | ^^^^
   = help: keep one
# a file without columns
-  input: [x]
-  target: {column: x, ahead: 1}
= 2
error: missing key 'input'
  --> c.yaml:2:1
 2 | data:
   | ^^^^
   = help: input: [column, …]
error: missing key 'target'
  --> c.yaml:2:1
 2 | data:
   | ^^^^
   = help: target: {column: name, ahead: 1}
# a column shown twice
-  input: [x]
+  input: [x, t, x]
= 2
error[column-twice]: column 'x' stands twice in input
  --> c.yaml:4:17
 4 |   input: [x, t, x]
   |                 ^
  ::: c.yaml:4:11
 4 |   input: [x, t, x]
   |           - here first
# a column asked for twice
-  target: {column: x, ahead: 1}
+  target: {columns: [x, x]}
= 2
error[column-twice]: column 'x' stands twice in target
  --> c.yaml:5:25
 5 |   target: {columns: [x, x]}
   |                         ^
  ::: c.yaml:5:22
 5 |   target: {columns: [x, x]}
   |                      - here first
# no target column
-  target: {column: x, ahead: 1}
+  target: {ahead: 1}
= 2
error: target is one of column, columns, and none is given
  --> c.yaml:5:3
 5 |   target: {ahead: 1}
   |   ^^^^^^
# one column and several
-  target: {column: x, ahead: 1}
+  target: {column: x, columns: [t]}
= 2
error: target is one of column, columns, and column and columns are given
  --> c.yaml:5:3
 5 |   target: {column: x, columns: [t]}
   |   ^^^^^^
# two symbols a step
-  input: [x]
+  input: {columns: [x, t], kind: symbol}
= 2
error[several-symbols]: a symbol is one column, not several
  --> c.yaml:4:20
 4 |   input: {columns: [x, t], kind: symbol}
   |                    ^
  ::: c.yaml:4:34
 4 |   input: {columns: [x, t], kind: symbol}
   |                                  ------ one symbol a step
# two classes a step
-  target: {column: x, ahead: 1}
+  target: {columns: [x, t], kind: class}
= 2
error[several-classes]: a class is one column, not several
  --> c.yaml:5:21
 5 |   target: {columns: [x, t], kind: class}
   |                     ^
  ::: c.yaml:5:35
 5 |   target: {columns: [x, t], kind: class}
   |                                   ----- one class
# a label a sequence without sequences
-  target: {column: x, ahead: 1}
+  target: {column: x, each: sequence}
= 2
error[sequence-target-without-id]: one target a sequence needs sequences
  --> c.yaml:5:29
 5 |   target: {column: x, each: sequence}
   |                             ^^^^^^^^
   = help: name their `id` column
# a label a sequence, ahead
-  target: {column: x, ahead: 1}
+  id: c
+  target: {column: x, each: sequence, ahead: 1}
= 2
error[sequence-target-ahead]: one target a sequence has no `ahead`
  --> c.yaml:6:46
 6 |   target: {column: x, each: sequence, ahead: 1}
   |                                              ^
  ::: c.yaml:6:29
 6 |   target: {column: x, each: sequence, ahead: 1}
   |                             -------- one target a sequence
# a task with columns
-  task: sine
+  task: sine
+  input: [x]
+  target: x
= 2 SINE
error[columns-without-csv]: a task brings its own input
  --> c.yaml:4:3
 4 |   input: [x]
   |   ^^^^^
  ::: c.yaml:3:9
 3 |   task: sine
   |         ---- the data is a task
error[columns-without-csv]: a task brings its own target
  --> c.yaml:5:3
 5 |   target: x
   |   ^^^^^^
  ::: c.yaml:3:9
 3 |   task: sine
   |         ---- the data is a task
# a text with columns
-  csv: d.csv
+  text: "stdlib:no/such/*.py"
= 2
error: no file of the standard library matches 'no/such/*.py'
  --> c.yaml:3:9
 3 |   text: "stdlib:no/such/*.py"
   |         ^^^^^^^^^^^^^^^^^^^^^
error[columns-without-csv]: text brings its own input
  --> c.yaml:4:3
 4 |   input: [x]
   |   ^^^^^
  ::: c.yaml:3:9
 3 |   text: "stdlib:no/such/*.py"
   |         --------------------- the data is text
error[columns-without-csv]: text brings its own target
  --> c.yaml:5:3
 5 |   target: {column: x, ahead: 1}
   |   ^^^^^^
  ::: c.yaml:3:9
 3 |   text: "stdlib:no/such/*.py"
   |         --------------------- the data is text
# text of no file
-  csv: d.csv
-  input: [x]
-  target: {column: x, ahead: 1}
+  text: {files: ["stdlib:json/*.py", "stdlib:no/such/*.py"], level: byte}
= 3
error: no file of the standard library matches 'no/such/*.py'
  --> c.yaml:3:38
 3 |   text: {files: ["stdlib:json/*.py", "stdlib:no/such/*.py"], level: byte}
   |                                      ^^^^^^^^^^^^^^^^^^^^^
# a level of text that there is not
-  csv: d.csv
-  input: [x]
-  target: {column: x, ahead: 1}
+  text: {files: a.txt, level: words}
= 2
error: level must be one of byte, character, not the text 'words'
  --> c.yaml:3:31
 3 |   text: {files: a.txt, level: words}
   |                               ^^^^^
# a reset by a column that is not there
-  epochs: 2
+  reset: {before: cc}
= 3
error: there is no column 'cc' in d.csv
  --> c.yaml:15:19
 15 |   reset: {before: cc}
    |                   ^^
    = help: did you mean 'c'? columns: t, x, c
# scores by a column that is not there
-  target: {column: x, ahead: 1}
+  target: {column: x, ahead: 1, where: asked}
= 3
error: there is no column 'asked' in d.csv
  --> c.yaml:5:40
 5 |   target: {column: x, ahead: 1, where: asked}
   |                                        ^^^^^
   = help: columns: t, x, c
# times that are none
-  csv: d.csv
+  csv: d.csv
+  time: c
= 3
error: column 'c' must hold numbers or dates, and 'a' is neither
  --> d.csv:2:7
 2 | 0,0.0,a
   |       ^
   = help: write dates as 2024-05-01 or 2024-05-01T03:00
# an unknown task
-  task: sine
+  task: sin
= 2 SINE
error: unknown task 'sin'
  --> c.yaml:3:9
 3 |   task: sin
   |         ^^^
   = help: did you mean 'sine'? tasks: reber, adding, temporal_order, copy, sine
# an unknown task with options
-  task: sine
+  task: {sin: {steps: 3}}
= 2 SINE
error: unknown task 'sin'
  --> c.yaml:3:10
 3 |   task: {sin: {steps: 3}}
   |          ^^^
   = help: did you mean 'sine'? tasks: reber, adding, temporal_order, copy, sine
# an unknown option of a task
-  task: sine
+  task: {sine: {step: 3}}
= 2 SINE
error: task sine has no option 'step'
  --> c.yaml:3:17
 3 |   task: {sine: {step: 3}}
   |                 ^^^^
   = help: did you mean 'steps'? options: steps, period, noise, seed
# an option of a task out of range
-  task: sine
+  task: {sine: {steps: 1}}
= 2 SINE
error: steps must lie from 2 to 10,000,000, not 1
  --> c.yaml:3:24
 3 |   task: {sine: {steps: 1}}
   |                        ^
   = help: the length of the series
# an option of a task of another type
-  task: sine
+  task: {sine: {steps: 2.5}}
= 2 SINE
error: steps must be a whole number, not 2.5
  --> c.yaml:3:24
 3 |   task: {sine: {steps: 2.5}}
   |                        ^^^
   = help: the length of the series
# options that are a number
-  task: sine
+  task: {sine: 3}
= 2 SINE
error: sine must be a mapping, not 3
  --> c.yaml:3:16
 3 |   task: {sine: 3}
   |                ^
# two tasks
-  task: sine
+  task: {sine: {}, copy: {}}
= 2 SINE
error: name one task
  --> c.yaml:3:9
 3 |   task: {sine: {}, copy: {}}
   |         ^
   = help: tasks: reber, adding, temporal_order, copy, sine
"""

# The layers of the chain.
LAYERS_OF_THE_CHAIN = """
# a bare layer in a member
-    - lstm: 4
+    - bidirectional: lstm
+    - stack: {layer: gru, depth: 2}
= 2
error: lstm needs 'size'
  --> c.yaml:10:7
 10 |     - bidirectional: lstm
    |       ^^^^^^^^^^^^^
    = help: write `{lstm: 32}`
error: gru needs 'size'
  --> c.yaml:11:15
 11 |     - stack: {layer: gru, depth: 2}
    |               ^^^^^
    = help: write `{gru: 32}`
# an option beside the size of its layer
-    - dense: 1
+    - dense: 1
+      activation: tanh
= 2
error: a layer is one name with its options, not 2 keys
  --> c.yaml:11:7
 11 |     - dense: 1
    |       ^^^^^
    = help: write `- dense: {size: 1, activation: tanh}`
# how both directions become one, beside the member
-    - lstm: 4
+    - bidirectional: {lstm: 4}
+      merge: sum
= 2
error: a layer is one name with its options, not 2 keys
  --> c.yaml:10:7
 10 |     - bidirectional: {lstm: 4}
    |       ^^^^^^^^^^^^^
    = help: write `- bidirectional: {layer: {lstm: 4}, merge: sum}`
# an option of a layer without state and parameters
-    - lstm: 4
+    - dropout: {rte: 0.5}
= 2
error: unknown option 'rte' of dropout
  --> c.yaml:10:17
 10 |     - dropout: {rte: 0.5}
    |                 ^^^
    = help: did you mean 'rate'? options: rate, input, per
# an unknown layer
-    - lstm: 4
+    - gruu: 32
= 2
error: unknown layer 'gruu'
  --> c.yaml:10:7
 10 |     - gruu: 32
    |       ^^^^
    = help: did you mean 'gru'? layers: LAYERS
# a layer without a size
-    - lstm: 4
+    - lstm
= 2
error: lstm needs 'size'
  --> c.yaml:10:7
 10 |     - lstm
    |       ^^^^
    = help: write `lstm: 32`
# size 0
-    - lstm: 4
+    - lstm: 0
= 2
error: size must be at least 1, not 0
  --> c.yaml:10:13
 10 |     - lstm: 0
    |             ^
# a size that is no whole number
-    - lstm: 4
+    - lstm: 3.0
= 2
error: size must be a whole number, not 3.0
  --> c.yaml:10:13
 10 |     - lstm: 3.0
    |             ^^^
    = help: write 3
# a size that is text
-    - lstm: 4
+    - lstm: {size: ten}
= 2
error: size must be a whole number, not the text 'ten'
  --> c.yaml:10:20
 10 |     - lstm: {size: ten}
    |                    ^^^
# an unknown option
-    - lstm: 4
+    - lstm: {size: 3, siz: 4}
= 2
error: unknown option 'siz' of lstm
  --> c.yaml:10:23
 10 |     - lstm: {size: 3, siz: 4}
    |                       ^^^
    = help: did you mean 'size'? options: size, input, initial_state, init
# a number that is no layer
-    - lstm: 4
+    - 5
= 2
error: a layer is one name with its options, not 5
  --> c.yaml:10:7
 10 |     - 5
    |       ^
    = help: write `- lstm: 32` or `- lstm: {size: 32}`
# a list that is no layer
-    - lstm: 4
+    - [lstm, 4]
= 2
error: a layer is one name with its options, not a list
  --> c.yaml:10:7
 10 |     - [lstm, 4]
    |       ^
    = help: write `- lstm: 32` or `- lstm: {size: 32}`
# two layers in one item
-    - lstm: 4
+    - lstm: 4
+      gru: 4
= 2
error: a layer is one name with its options, not 2 keys
  --> c.yaml:10:7
 10 |     - lstm: 4
    |       ^^^^
    = help: write each layer as an item of its own: a '-' before `gru`
# an option beside its layer
-    - lstm: 4
+    - lstm:
+      size: 4
= 2
error: a layer is one name with its options, not 2 keys
  --> c.yaml:10:7
 10 |     - lstm:
    |       ^^^^
    = help: indent what belongs to `lstm` by two spaces more: size
# a layer without a short form
-    - lstm: 4
+    - layer_norm: 3
= 2
error: layer_norm takes a mapping of options
  --> c.yaml:10:19
 10 |     - layer_norm: 3
    |                   ^
    = help: options: input, init
# a rate out of range
-    - lstm: 4
+    - dropout: 2
= 2
error: rate must be below 1, not 2
  --> c.yaml:10:16
 10 |     - dropout: 2
    |                ^
# an unknown function
-    - lstm: 4
+    - rnn: {size: 3, activation: tanhh}
= 2
error: unknown function 'tanhh'
  --> c.yaml:10:34
 10 |     - rnn: {size: 3, activation: tanhh}
    |                                  ^^^^^
    = help: did you mean 'tanh'? functions: abs, elu, hard_sigmoid, hard_tanh, identity, leaky_relu, relu, sigmoid, silu, sin, softplus, softsign, tanh
# a requirement that does not hold
-    - lstm: 4
+    - clockwork_rnn: {size: 3, modules: 2}
= 2
error[layer-misfit]: clockwork_rnn requires mod(size, modules) == 0: here 1 and 0
  --> c.yaml:10:7
 10 |     - clockwork_rnn: {size: 3, modules: 2}
    |       ^^^^^^^^^^^^^
    = help: here size is 3 and modules is 2
# numbers for a layer of symbols
-    - lstm: 4
+    - embedding: 3
= 2
error[layer-misfit]: embedding takes symbols, and gets 1 number
  --> c.yaml:10:7
 10 |     - embedding: 3
    |       ^^^^^^^^^
    = help: leave it out
# symbols for a layer of numbers
-  input: [x]
+  input: {columns: [c], kind: symbol}
= 2
error[layer-misfit]: lstm takes numbers, and gets 2 symbols
  --> c.yaml:10:7
 10 |     - lstm: 4
    |       ^^^^
    = help: put an embedding or one_hot before it
# another input than there is
-    - lstm: 4
+    - lstm: {size: 3, input: 5}
= 2
error[input-width]: input is 5, but what comes in here is 1
  --> c.yaml:10:30
 10 |     - lstm: {size: 3, input: 5}
    |                              ^
    = help: write input: 1, or leave it out: it follows from what comes in
# an input of no width
-    - lstm: 4
+    - lstm: {size: 3, input: 0}
= 2
error: input must be at least 1, not 0
  --> c.yaml:10:30
 10 |     - lstm: {size: 3, input: 0}
    |                              ^
# an unknown initial state
-    - lstm: 4
+    - lstm: {size: 3, initial_state: ones}
= 2
error: initial_state must be zeros or learned, not the text 'ones'
  --> c.yaml:10:38
 10 |     - lstm: {size: 3, initial_state: ones}
    |                                      ^^^^
# an initial state of a layer without one
-    - lstm: 4
+    - dense: {size: 3, initial_state: learned}
= 2
error: dense has no state, so no initial one
  --> c.yaml:10:24
 10 |     - dense: {size: 3, initial_state: learned}
    |                        ^^^^^^^^^^^^^
# an unknown initializer
-    - lstm: 4
+    - lstm: {size: 3, init: {Wi: orthogonall}}
= 2
error: unknown initializer 'orthogonall'
  --> c.yaml:10:34
 10 |     - lstm: {size: 3, init: {Wi: orthogonall}}
    |                                  ^^^^^^^^^^^
    = help: did you mean 'orthogonal'? one of constant, glorot_normal, glorot_uniform, identity, normal, ones, orthogonal, uniform, zeros, or a number
# an initializer that is a list
-    - lstm: 4
+    - lstm: {size: 3, init: {Wi: [1]}}
= 2
error: an initializer is a name or a number, not a list
  --> c.yaml:10:34
 10 |     - lstm: {size: 3, init: {Wi: [1]}}
    |                                  ^
    = help: one of constant, glorot_normal, glorot_uniform, identity, normal, ones, orthogonal, uniform, zeros, or a number
# an initializer that is two
-    - lstm: 4
+    - lstm: {size: 3, init: {Wi: {normal: 1, ones: 2}}}
= 2
error: an initializer is a name or a number, not a mapping
  --> c.yaml:10:34
 10 |     - lstm: {size: 3, init: {Wi: {normal: 1, ones: 2}}}
    |                                  ^
    = help: one of constant, glorot_normal, glorot_uniform, identity, normal, ones, orthogonal, uniform, zeros, or a number
# an initial value that is no number
-    - lstm: 4
+    - lstm: {size: 3, init: {bf: .nan}}
= 2
error: constant takes one finite number
  --> c.yaml:10:34
 10 |     - lstm: {size: 3, init: {bf: .nan}}
    |                                  ^^^^
# too few numbers for an initializer
-    - lstm: 4
+    - lstm: {size: 3, init: {Wi: {uniform: 1}}}
= 2
error: uniform takes 2 finite numbers
  --> c.yaml:10:44
 10 |     - lstm: {size: 3, init: {Wi: {uniform: 1}}}
    |                                            ^
# numbers for an initializer without
-    - lstm: 4
+    - lstm: {size: 3, init: {Wi: {zeros: 1}}}
= 2
error: zeros takes no number
  --> c.yaml:10:42
 10 |     - lstm: {size: 3, init: {Wi: {zeros: 1}}}
    |                                          ^
# a negative deviation
-    - lstm: 4
+    - lstm: {size: 3, init: {Wi: {normal: -1}}}
= 2
error: normal takes a deviation of at least 0, not -1
  --> c.yaml:10:43
 10 |     - lstm: {size: 3, init: {Wi: {normal: -1}}}
    |                                           ^^
# an interval upside down
-    - lstm: 4
+    - lstm: {size: 3, init: {Wi: {uniform: [1, -1]}}}
= 2
error: uniform takes the smaller number first, not 1 and -1
  --> c.yaml:10:44
 10 |     - lstm: {size: 3, init: {Wi: {uniform: [1, -1]}}}
    |                                            ^
# a matrix initializer for a vector
-    - lstm: 4
+    - lstm: {size: 3, init: {bf: orthogonal}}
= 2
error: orthogonal is for matrices, and bf is none
  --> c.yaml:10:34
 10 |     - lstm: {size: 3, init: {bf: orthogonal}}
    |                                  ^^^^^^^^^^
# an initializer of no parameter
-    - lstm: 4
+    - dense: {size: 3, init: {Wz: 1}}
= 2
error: dense has no parameter 'Wz'
  --> c.yaml:10:31
 10 |     - dense: {size: 3, init: {Wz: 1}}
    |                               ^^
    = help: parameters: W, b
# initializers that are a number
-    - lstm: 4
+    - lstm: {size: 3, init: 3}
= 2
error: init names parameters, not 3
  --> c.yaml:10:29
 10 |     - lstm: {size: 3, init: 3}
    |                             ^
    = help: write {bf: 1}
# more parameters than a machine holds
-    - lstm: 4
+    - lstm: 1000000
= 2
error: lstm would have 4e+12 parameters
  --> c.yaml:10:7
 10 |     - lstm: 1000000
    |       ^^^^
    = help: no machine holds so many; write a smaller size
# nothing to train
-    - lstm: 4
-    - dense: 1
+    - dropout: 0.5
= 2
error[no-parameters]: no layer of the chain has a parameter to train
  --> c.yaml:9:3
 9 |   chain:
   |   ^^^^^
# another width than the target
-    - dense: 1
+    - dense: 3
= 2
error[answer-width]: the chain ends in 3 values, and there is 1 target column
  --> c.yaml:11:7
 11 |     - dense: 3
    |       ^^^^^
  ::: c.yaml:5:3
  5 |   target: {column: x, ahead: 1}
    |   ------ what is asked
    = help: end the chain with `- dense: 1`
# another width than the classes
-  target: {column: x, ahead: 1}
+  target: {column: c, kind: class}
= 2
error[answer-width]: the chain ends in 1 value, and there are 2 classes
  --> c.yaml:11:7
 11 |     - dense: 1
    |       ^^^^^
  ::: c.yaml:5:3
  5 |   target: {column: c, kind: class}
    |   ------ what is asked
    = help: end the chain with `- dense: 2`
error[loss-cannot-judge]: mse judges numbers, and the target is a class
  --> c.yaml:13:9
 13 |   loss: mse
    |         ^^^
  ::: c.yaml:5:3
  5 |   target: {column: c, kind: class}
    |   ------ a class is asked here
    = help: write loss: cross_entropy
# classes for a loss of numbers
-  target: {column: x, ahead: 1}
+  target: {column: c, kind: class}
= 2 CLASSES
error[loss-cannot-judge]: mse judges numbers, and the target is a class
  --> c.yaml:13:9
 13 |   loss: mse
    |         ^^^
  ::: c.yaml:5:3
  5 |   target: {column: c, kind: class}
    |   ------ a class is asked here
    = help: write loss: cross_entropy
# numbers for a loss of classes
-  loss: mse
+  loss: cross_entropy
= 2
error[loss-cannot-judge]: cross_entropy judges classes, and the target is a number
  --> c.yaml:13:9
 13 |   loss: cross_entropy
    |         ^^^^^^^^^^^^^
  ::: c.yaml:5:3
  5 |   target: {column: x, ahead: 1}
    |   ------ a number is asked here
    = help: write loss: mse, or make the target a class: {column: …, kind: class}
# a width without variances
-  loss: mse
+  loss: gaussian
= 2
error[answer-width]: the chain ends in 1 value, and there is 1 target column, for which gaussian takes a mean and a log variance
  --> c.yaml:11:7
 11 |     - dense: 1
    |       ^^^^^
  ::: c.yaml:5:3
  5 |   target: {column: x, ahead: 1}
    |   ------ what is asked
  ::: c.yaml:13:9
 13 |   loss: gaussian
    |         -------- two values for each
    = help: end the chain with `- dense: 2`
# numbers for a loss of yes and no
-  loss: mse
+  loss: binary_cross_entropy
= 2
error[loss-cannot-judge]: binary_cross_entropy judges columns of 0 and 1, and the target is a number
  --> c.yaml:13:9
 13 |   loss: binary_cross_entropy
    |         ^^^^^^^^^^^^^^^^^^^^
  ::: c.yaml:5:3
  5 |   target: {column: x, ahead: 1}
    |   ------ a number is asked here
    = help: write loss: mse, or make the target binary: {column: …, kind: binary}
# a loss of classes in braces
-  loss: mse
+  loss: {cross_entropy: {}}
= 2
error[loss-cannot-judge]: cross_entropy judges classes, and the target is a number
  --> c.yaml:13:10
 13 |   loss: {cross_entropy: {}}
    |          ^^^^^^^^^^^^^
  ::: c.yaml:5:3
  5 |   target: {column: x, ahead: 1}
    |   ------ a number is asked here
    = help: write loss: mse, or make the target a class: {column: …, kind: class}
"""

# Equations of one's own.
CELLS = """
# equations on several lines without a sign for them
-    equations: |
+    equations:
= 2 CELL
error: expected an operator or the end of the line, found 'h''
  --> c.yaml:15:7
 15 |       a = W @ x
    |       ^^^^^^^^^
    = help: write `equations: |`, and each equation on a line of its own below it
# a wrong size in an equation
-      U: {shape: [size, size], init: orthogonal}
+      U: {shape: [size, input], init: orthogonal}
= 2 CELL
error: '@' cannot join [size, input] and [size]: input is not size
  --> c.yaml:16:23
 16 |       h' = tanh(a + U @ h)
    |                       ^
    = help: the matrix's second size must be the first size of what it multiplies
# a mistake in an equation
-      a = W @ x
+      a = W @@ x
= 2 CELL
error: expected a value, found '@'
  --> c.yaml:15:14
 15 |       a = W @@ x
    |              ^
# an unknown name in an equation
-      h' = tanh(a + U @ h)
+      h' = tanh(aa + U @ h)
= 2 CELL
error: unknown name 'aa'
  --> c.yaml:16:17
 16 |       h' = tanh(aa + U @ h)
    |                 ^^
    = help: did you mean 'a'?
# an unused parameter
-      h' = tanh(a + U @ h)
+      h' = tanh(a)
= 2 CELL
error: parameter 'U' is never used
  --> c.yaml:13:7
 13 |       U: {shape: [size, size], init: orthogonal}
    |       ^
# a misspelt key of a cell
-    output: h'
+    outpt: h'
= 2 CELL
error: unknown key 'outpt'
  --> c.yaml:17:5
 17 |     outpt: h'
    |     ^^^^^
    = help: did you mean 'output'? known here: summary, source, inputs, options, require, state, parameters, draws, derived, functions, equations, output
# a cell that is not used
-    - mine: 4
+    - lstm: 4
= 2 CELL
error[unused-cell]: cell 'mine' is used by no layer
  --> c.yaml:9:3
 9 |   mine:
   |   ^^^^
# a misspelt cell
-    - mine: 4
+    - minee: 4
= 2 CELL
error: unknown layer 'minee'
  --> c.yaml:20:7
 20 |     - minee: 4
    |       ^^^^^
    = help: did you mean 'mine'? layers: mine, LAYERS
# a cell named as a layer
-  scale: standard
+  scale: standard
+cells: {lstm: {output: x}}
= 2
error: 'lstm' is a layer of the catalogue
  --> c.yaml:8:9
 8 | cells: {lstm: {output: x}}
   |         ^^^^
   = help: give your cell another name
"""

# What the data lacks.
DATA_THAT_LACKS = """
# a file that is not there
-  csv: d.csv
+  csv: dd.csv
= 3
error: there is no file dd.csv
  --> c.yaml:3:8
 3 |   csv: dd.csv
   |        ^^^^^^
   = help: did you mean 'd.csv'?
# a folder that is not there
-  csv: d.csv
+  csv: nowhere/dd.csv
= 3
error: there is no file nowhere/dd.csv
  --> c.yaml:3:8
 3 |   csv: nowhere/dd.csv
   |        ^^^^^^^^^^^^^^
   = help: a relative path starts where the file lies that names it, with --set in the current folder
# a folder for a file
-  csv: d.csv
+  csv: .
= 3
error: . is a folder, not a file
  --> c.yaml:3:8
 3 |   csv: .
   |        ^
# an input column that is not there
-  input: [x]
+  input: [x, y]
= 3
error: there is no column 'y' in d.csv
  --> c.yaml:4:14
 4 |   input: [x, y]
   |              ^
   = help: columns: t, x, c
# a target column that is not there
-  target: {column: x, ahead: 1}
+  target: {column: y}
= 3
error: there is no column 'y' in d.csv
  --> c.yaml:5:20
 5 |   target: {column: y}
   |                    ^
   = help: columns: t, x, c
# one of several target columns
-  target: {column: x, ahead: 1}
+  target: {columns: [x, y]}
= 3
error: there is no column 'y' in d.csv
  --> c.yaml:5:25
 5 |   target: {columns: [x, y]}
   |                         ^
   = help: columns: t, x, c
# all columns that are not there
-  input: [x]
+  id: i
+  input: [y]
= 3
error: there is no column 'i' in d.csv
  --> c.yaml:4:7
 4 |   id: i
   |       ^
   = help: columns: t, x, c
error: there is no column 'y' in d.csv
  --> c.yaml:5:11
 5 |   input: [y]
   |           ^
   = help: columns: t, x, c
# a target beyond the end
-  target: {column: x, ahead: 1}
+  target: {column: x, ahead: 100}
= 3
error[ahead-past-the-end]: no step has a value 100 ahead: the longest sequence has 40
  --> c.yaml:5:30
 5 |   target: {column: x, ahead: 100}
   |                              ^^^
# nothing left to score
-  split: {train: 0.7, valid: 0.15, test: 0.15}
+  split: {train: 0.97, valid: 0.02, test: 0.01}
= 3
error[split-scores-nothing]: test has nothing to score: 0.01 of 40 steps, with targets 1 ahead, leaves none
  --> c.yaml:6:43
 6 |   split: {train: 0.97, valid: 0.02, test: 0.01}
   |                                           ^^^^
   = help: write split: {train: 0.7, valid: 0.15, test: 0.15}
# an order of one series
-  split: {train: 0.7, valid: 0.15, test: 0.15}
+  split: {train: 0.7, valid: 0.15, test: 0.15, shuffle: false}
= 2
error[split-of-one-series]: one series is split by time, so there is nothing to shuffle
  --> c.yaml:6:48
 6 |   split: {train: 0.7, valid: 0.15, test: 0.15, shuffle: false}
   |                                                ^^^^^^^
   = help: leave shuffle out
# something other than yes or no for the order of sequences
-  split: {train: 0.7, valid: 0.15, test: 0.15}
+  split: {shuffle: yes}
= 2
error: shuffle must be true or false, not the text 'yes'
  --> c.yaml:6:20
 6 |   split: {shuffle: yes}
   |                    ^^^
   = help: write true or false: yes, no, on and off are text
# nothing left to score of a task
-  task: sine
-  split: {train: 0.7, valid: 0.15, test: 0.15}
+  task: {sine: {steps: 5}}
= 3 SINE
error[split-scores-nothing]: valid has nothing to score: 0.15 of 5 steps, with targets 1 ahead, leaves none
  --> c.yaml:3:3
 3 |   task: {sine: {steps: 5}}
   |   ^^^^
   = help: write split: {train: 0.6, valid: 0.2, test: 0.2}
# a series shorter than the window
-  window: 6
+  window: 100
= 3
error[window-longer-than-series]: the training split has 27 steps, fewer than one window of 100
  --> c.yaml:16:11
 16 |   window: 100
    |           ^^^
  ::: c.yaml:6:18
  6 |   split: {train: 0.7, valid: 0.15, test: 0.15}
    |                  --- the training split
    = help: write window: 27 or less, or window: null for the whole series
"""

FILES = """
# an empty file
= 3
error: the file is empty
  --> d.csv:1:1
 1 |
   | ^
# blank lines
+
+
= 3
error: the file is empty
  --> d.csv:1:1
 1 |
   | ^
# a header without rows
+t,x,c
= 3
error: there are no rows below the header
  --> d.csv:1:1
 1 | t,x,c
   | ^^^^^
# text in a number column
+x
+1
+2
+abc
+4
= 3
error: column 'x' holds numbers, and 'abc' is not one
  --> d.csv:4:1
 4 | abc
   | ^^^
   = help: mend the cell; for labels write `kind: class` or `kind: symbol`
# NaN
+x
+1
+nan
+3
= 3
error: column 'x' must be finite, and 'nan' is not
  --> d.csv:3:1
 3 | nan
   | ^^^
   = help: fill it in, or leave the row out
# an infinite number
+x
+1
+-inf
+3
= 3
error: column 'x' must be finite, and '-inf' is not
  --> d.csv:3:1
 3 | -inf
   | ^^^^
   = help: fill it in, or leave the row out
# an empty cell
+t,x
+1,2
+2,
+3,4
= 3
error: an empty cell in column 'x'
  --> d.csv:3:3
 3 | 2,
   |   ^
   = help: fill it in, or leave the row out
# a row cut short
+t,x
+1,2
+2
+3,4
= 3
error: 1 cell in a row where the header names 2
  --> d.csv:3:1
 3 | 2
   | ^
# an empty line
+x
+1
+
+3
= 3
error: an empty line between the rows
  --> d.csv:3:1
 3 |
   | ^
   = help: remove it; each row is one time step
# a series shorter than the window, by itself
+x
+1
+2
+3
+4
+5
+6
+7
+8
+9
= 3
error[window-longer-than-series]: the training split has 5 steps, fewer than one window of 6
  --> c.yaml:16:11
 16 |   window: 6
    |           ^
  ::: c.yaml:6:18
  6 |   split: {train: 0.7, valid: 0.15, test: 0.15}
    |                  --- the training split
    = help: write window: 5 or less, or window: null for the whole series
# semicolons
+t;x
+1;2
= 3
error: one column named 't;x'; rnnctl reads comma-separated files
  --> d.csv:1:1
 1 | t;x
   | ^^^
   = help: save the file with commas
# no header
+1
+2
= 3
error: the first line must name the columns, and this one holds numbers
  --> d.csv:1:1
 1 | 1
   | ^
# a column twice
+x,x
+1,2
= 3
error: there are two columns named 'x'
  --> d.csv:1:3
 1 | x,x
   |   ^
"""


class Case(NamedTuple):
    """One case of a table."""

    name: str
    old: str
    new: str
    base: str
    code: int
    told: str


def cases(table: str) -> list[Case]:
    bases = {"BASE": BASE, "SINE": SINE, "CLASSES": CLASSES, "CELL": CELL}
    found = []
    for block in (
        table.removeprefix("\n# ")
        .replace("<TAB>", "\t")
        .replace("<NBSP>", "\u00a0")
        .replace("<NNBSP>", "\u202f")
        .split("\n# ")
    ):
        name, *lines = block.removesuffix("\n").split("\n")
        old = "".join(f"{line[1:]}\n" for line in lines if line.startswith("-"))
        new = "".join(f"{line[1:]}\n" for line in lines if line.startswith("+"))
        end = next(i for i, line in enumerate(lines) if line.startswith("= "))
        code, *base = lines[end][2:].split()
        told = "".join(f"{line}\n" for line in lines[end + 1 :])
        found.append(Case(name, old, new, bases[(base or ["BASE"])[0]], int(code), told))
    return found


CASES = [
    case
    for table in (KEYS, TYPES, RANGES, STATE, DATA_SECTION, LAYERS_OF_THE_CHAIN, CELLS, DATA_THAT_LACKS)
    for case in cases(table)
]


class Ended(NamedTuple):
    """How a command ended, trailing blanks of its lines left out."""

    code: object
    out: str
    err: str


class Command:
    """The command line within this process, in an empty folder of its own."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self.monkeypatch = monkeypatch
        self.capsys = capsys

    def __call__(self, *arguments: str) -> Ended:
        self.monkeypatch.setattr(sys, "argv", ["rnnctl", *arguments])
        self.capsys.readouterr()
        with pytest.raises(SystemExit) as caught:
            main()
        out, err = self.capsys.readouterr()
        return Ended(caught.value.code or 0, stripped(out), stripped(err))


def stripped(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.replace(", ".join([*names(), *MEMBERS]), "LAYERS").split("\n"))


def tree() -> set[str]:
    return {str(path) for path in Path().rglob("*")}


@pytest.fixture
def rnnctl(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    monkeypatch.chdir(tmp_path)
    Path("d.csv").write_text(DATA)
    return Command(monkeypatch, capsys)


@pytest.mark.parametrize("base", [BASE, SINE, CLASSES, CELL])
def test_what_the_cases_start_from_is_right(rnnctl: Command, base: str) -> None:
    if base is CLASSES:
        base = base.replace("{column: x, ahead: 1}", "{column: c, kind: class}").replace("mse", "cross_entropy")
    Path("c.yaml").write_text(base)
    ended = rnnctl("validate", "c.yaml")
    assert (ended.code, ended.err) == (0, "")


@pytest.mark.parametrize("command", ["validate", "train"])
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_config_with_a_mistake(rnnctl: Command, case: Case, command: str) -> None:
    assert case.old in case.base
    Path("c.yaml").write_text(case.base.replace(case.old, case.new, 1))
    before = tree()
    assert rnnctl(command, "c.yaml") == Ended(case.code, "", case.told)
    assert tree() == before


@pytest.mark.parametrize("command", ["validate", "train"])
@pytest.mark.parametrize("file", cases(FILES), ids=lambda file: file.name)
def test_a_data_file_with_a_mistake(rnnctl: Command, file: Case, command: str) -> None:
    Path("c.yaml").write_text(file.base)
    Path("d.csv").write_text(file.new)
    before = tree()
    assert rnnctl(command, "c.yaml") == Ended(file.code, "", file.told)
    assert tree() == before


def test_the_example_of_an_unknown_layer(rnnctl: Command) -> None:
    Path("configs").mkdir()
    text = BASE.replace("  scale: standard\n", "").replace("lstm: 4", "gruu: 32").replace("d.csv", "../d.csv")
    Path("configs/sine.yaml").write_text(text)
    ended = rnnctl("validate", "configs/sine.yaml")
    assert ended.code == 2
    assert (
        ended.err
        == """\
error: unknown layer 'gruu'
  --> configs/sine.yaml:9:7
 9 |     - gruu: 32
   |       ^^^^
   = help: did you mean 'gru'? layers: LAYERS
"""
    )


def test_all_mistakes_of_a_file_in_one_pass_and_in_its_order(rnnctl: Command) -> None:
    Path("c.yaml").write_text(
        """\
name: a/b
training:
  loss: mse
  epochs: ten
  window: 0
data:
  csv: d.csv
  input: [x]
  target: {colum: x}
  scale: std
cells:
  mine: {state: {h: size}, equations: "h' = x + y", output: h'}
  other: {output: x, outputs: x}
modell: {}
model:
  chain:
    - gruu: 32
    - rnn: {size: 0, activation: tanhh}
    - gru
    - dense
"""
    )
    ended = rnnctl("validate", "c.yaml")
    assert ended.code == 2
    messages = [line for line in ended.err.split("\n") if line.startswith("error: ")]
    places = [tuple(map(int, line.split(":")[1:])) for line in ended.err.split("\n") if line.startswith("  --> ")]
    assert messages == [
        "error: name must be letters, digits, '-', '_' and '.', 60 at most, not the text 'a/b'",
        "error: epochs must be a whole number, not the text 'ten'",
        "error: window must be at least 1, not 0",
        "error: unknown key 'colum'",
        "error: scale must be one of standard, range, none, not the text 'std'",
        "error: unknown name 'y'",
        "error: unknown key 'outputs'",
        "error: unknown key 'modell'",
        "error: unknown layer 'gruu'",
        "error: size must be at least 1, not 0",
        "error: unknown function 'tanhh'",
        "error: gru needs 'size'",
    ]
    assert places == sorted(places)
    assert len(places) == len(messages)


def test_a_missing_column_is_told_with_the_mistakes_of_the_file(rnnctl: Command) -> None:
    Path("c.yaml").write_text(BASE.replace("input: [x]", "input: [x, y]").replace("epochs: 2", "epochss: 2"))
    assert rnnctl("validate", "c.yaml") == Ended(
        2,
        "",
        """\
error: there is no column 'y' in d.csv
  --> c.yaml:4:14
 4 |   input: [x, y]
   |              ^
   = help: columns: t, x, c
error: unknown key 'epochss'
  --> c.yaml:15:3
 15 |   epochss: 2
    |   ^^^^^^^
    = help: did you mean 'epochs'? known here: loss, optimizer, schedule, clip, epochs, early_stopping, \
batching, batch, window, reset, burn_in, learn_initial_state, shuffle, seed, precision, threads
""",
    )


def test_a_wrong_width_and_a_cell_of_the_data_are_told_with_the_mistakes_of_the_file(rnnctl: Command) -> None:
    Path("c.yaml").write_text(BASE.replace("dense: 1", "dense: 3").replace("name: b", "nam: b"))
    ended = rnnctl("validate", "c.yaml")
    assert (ended.code, ended.out) == (2, "")
    assert [line for line in ended.err.split("\n") if line.startswith(("error", "  -->"))] == [
        "error: unknown key 'nam'",
        "  --> c.yaml:1:1",
        "error[answer-width]: the chain ends in 3 values, and there is 1 target column",
        "  --> c.yaml:11:7",
    ]
    assert "    = help: end the chain with `- dense: 1`\n" in ended.err
    Path("d.csv").write_text(DATA.replace("\n7,3.5,", "\n7,three,"))
    ended = rnnctl("validate", "c.yaml")
    assert (ended.code, ended.out) == (2, "")
    assert [line for line in ended.err.split("\n") if line.startswith(("error", "  -->"))] == [
        "error: unknown key 'nam'",
        "  --> c.yaml:1:1",
        "error: column 'x' holds numbers, and 'three' is not one",
        "  --> d.csv:9:3",
    ]


def test_mistakes_of_several_files_are_all_told(rnnctl: Command) -> None:
    Path("a.yaml").write_text(BASE.replace("epochs: 2", "epochs: ten"))
    Path("b.yaml").write_text(BASE)
    Path("c.yaml").write_text(BASE.replace("d.csv", "dd.csv"))
    ended = rnnctl("validate", "a.yaml", "b.yaml", "c.yaml")
    assert ended.code == 2
    assert ended.out == "b.yaml: ok (lstm → dense, 101 parameters)\n"
    assert "--> a.yaml:15:11" in ended.err
    assert "--> c.yaml:3:8" in ended.err


@pytest.mark.parametrize("command", ["validate", "train"])
def test_a_config_that_is_not_there(rnnctl: Command, command: str) -> None:
    Path("sunspots.yaml").write_text(BASE)
    before = tree()
    assert rnnctl(command, "sunspot.yaml") == Ended(
        2, "", "error: there is no file 'sunspot.yaml'\n  = help: did you mean 'sunspots.yaml'?\n"
    )
    assert tree() == before


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "error: the file is empty\n  --> c.yaml:1:1\n 1 |\n   | ^\n   = help: write 'key: value'\n"),
        (
            b"\xff\xfename",
            "error: the file is not UTF-8 text\n  --> c.yaml:1:1\n 1 | ��name\n   | ^\n   = help: save it as UTF-8\n",
        ),
        (
            b"name\n",
            "error: the file holds a single value instead of keys and values\n  --> c.yaml:1:1\n 1 | name\n"
            "   | ^^^^\n   = help: write 'key: value'\n",
        ),
    ],
    ids=["empty", "not text", "one word"],
)
def test_a_file_that_is_no_config(rnnctl: Command, content: bytes, told: str) -> None:
    Path("c.yaml").write_bytes(content)
    assert rnnctl("validate", "c.yaml") == Ended(2, "", told)


def test_a_run_that_is_not_there(rnnctl: Command) -> None:
    assert rnnctl("eval", "b-1") == Ended(
        2, "", "error: there is no run 'b-1'\n  = help: there are no runs in 'runs' yet\n"
    )
    for name in ("b-1", "b-2"):
        Path("runs", name).mkdir(parents=True)
        Path("runs", name, "run.json").write_text("{}")
    assert rnnctl("eval", "b-3") == Ended(2, "", "error: there is no run 'b-3'\n  = help: did you mean 'b-2'?\n")
    assert rnnctl("eval", "x" * 300) == Ended(
        2, "", f"error: there is no run '{'x' * 300}'\n  = help: runs in 'runs': b-1, b-2\n"
    )


@pytest.mark.parametrize(
    "error", [MemoryError(), RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 8 bytes")]
)
def test_more_memory_than_there_is(rnnctl: Command, monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def full(*_: object) -> None:
        raise error

    Path("c.yaml").write_text(BASE)
    monkeypatch.setattr("rnnctl.build.build_trainer", full)
    before = tree()
    assert rnnctl("train", "c.yaml") == Ended(
        4, "", "error: there is not enough memory for this\n  = help: a smaller model, batch or window needs less\n"
    )
    assert tree() == before


def test_runs_that_cannot_be_kept(rnnctl: Command) -> None:
    Path("c.yaml").write_text(BASE)
    Path("runs").write_text("a file")
    assert rnnctl("train", "c.yaml") == Ended(4, "", "error: cannot make a run in 'runs': File exists\n")
    assert Path("runs").read_text() == "a file"


@pytest.mark.parametrize(
    ("arguments", "code"),
    [(["validate", "bad.yaml"], 2), (["train", "bad.yaml"], 2), (["train", "nodata.yaml"], 3), (["eval", "x"], 2)],
)
def test_as_a_process_of_its_own(tmp_path: Path, arguments: list[str], code: int) -> None:
    """Exit codes and streams as a shell sees them; no word of Python's on either."""
    (tmp_path / "bad.yaml").write_text(BASE.replace("lstm", "lstn"))
    (tmp_path / "nodata.yaml").write_text(BASE)
    ended = subprocess.run(
        [sys.executable, "-m", "rnnctl", *arguments], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (ended.returncode, ended.stdout) == (code, "")
    assert ended.stderr.startswith("error: ")
    assert "Traceback" not in ended.stderr
    assert {path.name for path in tmp_path.iterdir()} == {"bad.yaml", "nodata.yaml"}


@pytest.mark.parametrize(
    ("name", "known", "close"),
    [
        ("sunspot.csv", ["macro.csv", "sunspots.csv"], "sunspots.csv"),
        ("d.cvs", ["d.csv"], "d.csv"),
        ("f9.txt", ["f1.txt", "f2.txt", "f3.txt"], None),
        ("b.txt", ["a.txt"], None),
        ("part-1.csv", ["part.csv", "part-2.csv"], "part.csv"),
        ("x.csv", [], None),
    ],
)
def test_the_file_that_a_name_is_near_to(name: str, known: list[str], close: str | None) -> None:
    assert nearest_file(name, known) == close
