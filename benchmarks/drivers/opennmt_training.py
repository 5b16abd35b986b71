"""Training speed of OpenNMT-py 3.5.1, by its own command and trainer.

Workaround on today's torch: its transforms import spacy and fasttext at start although this job
uses neither (and neither need be installable), so empty modules stand in for them.
"""

import contextlib
import sys
import tempfile
import types
from pathlib import Path
from typing import Any

import yaml
from meter import FinishedError, Meter, count_parameters, run_driver, use_threads

for unused in ("spacy", "fasttext"):
    sys.modules.setdefault(unused, types.ModuleType(unused))


def configuration(job: dict[str, Any], save: str) -> dict[str, Any]:
    """The options of `onmt_train` for this job: `mlp` attention with input feeding."""
    stream, sizes = Path(job["stream"]), job["sizes"]
    shared = job["batching"] == "shared"
    return {
        "data": {
            "corpus": {
                "path_src": str(stream / "train.source"),
                "path_tgt": f"{stream}/train.target",
            }
        },
        "src_vocab": str(stream / "source.vocabulary"),
        "tgt_vocab": str(stream / "target.vocabulary"),
        "vocab_size_multiple": 1,
        "save_model": f"{save}/model",
        "encoder_type": "brnn",
        "decoder_type": "rnn",
        "rnn_type": "GRU",
        "enc_layers": 1,
        "dec_layers": 1,
        # OpenNMT-py halves this for each direction of the encoder.
        "hidden_size": sizes["decoder"],
        "src_word_vec_size": sizes["embedding"],
        "tgt_word_vec_size": sizes["embedding"],
        "global_attention": "mlp",
        "input_feed": 1,
        "dropout": [sizes["dropout"]],
        "optim": "adam",
        "learning_rate": 0.0005,
        "max_grad_norm": 1.0,
        "normalization": "tokens",
        "batch_type": "sents",
        "batch_size": sizes["batch"],
        # A bucket of one batch keeps the order of the file; the default sorts the whole corpus.
        "bucket_size": sizes["batch"] if shared else 262144,
        "num_workers": 0,
        "train_steps": 1_000_000,
        "save_checkpoint_steps": 0,
        "valid_steps": 1_000_000,
        "report_every": 1_000_000,
        "seed": job["seed"],
    }


def measure(job: dict[str, Any]) -> dict[str, Any]:
    """Train through `onmt_train`'s own loop, timed from outside."""
    use_threads(job["threads"])
    from onmt.bin import train as onmt_train
    from onmt.trainer import Trainer

    meter = Meter(warm_up=job["warm_up"], steps=job["steps"])
    facts: dict[str, Any] = {}
    whole_step = Trainer._gradient_accumulation

    def timed_step(self: Any, batches: Any, normalization: Any, total: Any, report: Any) -> None:
        facts["parameters"] = count_parameters(self.model)
        target = batches[0]["tgt"][:, 1:, 0]  # without <s>
        meter.begin_step(int(target.ne(self.train_loss.padding_idx).sum()))
        words, loss = report.n_words, report.loss
        whole_step(self, batches, normalization, total, report)
        meter.add_loss((report.loss - loss) / max(1, report.n_words - words))

    Trainer._gradient_accumulation = timed_step
    with tempfile.TemporaryDirectory() as save:
        path = Path(save) / "train.yaml"
        path.write_text(yaml.safe_dump(configuration(job, save)), encoding="utf-8")
        sys.argv = ["onmt_train", "-config", str(path)]
        with contextlib.suppress(FinishedError):
            onmt_train.main()
    return meter.result() | facts


if __name__ == "__main__":
    run_driver(measure)
