"""The families by their `model_type`, one file each: which keys they read, which tensors they store, what they compute."""
import json

from reference import safetensors, storage
from reference.families.afmoe import Afmoe
from reference.families.cohere2_moe import Cohere2Moe
from reference.families.dbrx import Dbrx
from reference.families.deepseek_v2 import DeepseekV2
from reference.families.deepseek_v3 import DeepseekV3
from reference.families.deepseek_v4 import DeepseekV4
from reference.families.deepseek_v32 import DeepseekV32
from reference.families.dots1 import Dots1
from reference.families.ernie4_5_moe import Ernie4_5Moe
from reference.families.exaone_moe import ExaoneMoe
from reference.families.flex_olmo import FlexOlmo
from reference.families.glm4_moe import Glm4Moe
from reference.families.glm4_moe_lite import Glm4MoeLite
from reference.families.glm_moe_dsa import GlmMoeDsa
from reference.families.gpt_oss import GptOss
from reference.families.granitemoe import GraniteMoe
from reference.families.granitemoehybrid import GraniteMoeHybrid
from reference.families.granitemoeshared import GraniteMoeShared
from reference.families.hunyuan_v1_moe import HunyuanV1Moe
from reference.families.hy_v3 import HyV3
from reference.families.jamba import Jamba
from reference.families.kimi_linear import KimiLinear
from reference.families.laguna import Laguna
from reference.families.lfm2_moe import Lfm2Moe
from reference.families.llama4_text import Llama4Text
from reference.families.longcat_flash import LongcatFlash
from reference.families.mimo_v2_flash import MimoV2Flash
from reference.families.minimax import MiniMax
from reference.families.minimax_m2 import MiniMaxM2
from reference.families.mistral4 import Mistral4
from reference.families.mixtral import Mixtral
from reference.families.nemotron_h import NemotronH
from reference.families.olmoe import Olmoe
from reference.families.phimoe import Phimoe
from reference.families.qwen2_moe import Qwen2Moe
from reference.families.qwen3_5_moe_text import Qwen35MoeText, WrappedQwen35MoeText
from reference.families.qwen3_moe import Qwen3Moe
from reference.families.qwen3_next import Qwen3Next
from reference.families.solar_open import SolarOpen
from reference.families.switch_transformers import SwitchTransformers

FAMILIES = {
    "afmoe": Afmoe,
    "cohere2_moe": Cohere2Moe,
    "dbrx": Dbrx,
    "deepseek_v2": DeepseekV2,
    "deepseek_v3": DeepseekV3,
    "deepseek_v32": DeepseekV32,
    "deepseek_v4": DeepseekV4,
    "dots1": Dots1,
    "ernie4_5_moe": Ernie4_5Moe,
    "exaone_moe": ExaoneMoe,
    "flex_olmo": FlexOlmo,
    "glm4_moe": Glm4Moe,
    "glm4_moe_lite": Glm4MoeLite,
    "glm_moe_dsa": GlmMoeDsa,
    "gpt_oss": GptOss,
    "granitemoe": GraniteMoe,
    "granitemoehybrid": GraniteMoeHybrid,
    "granitemoeshared": GraniteMoeShared,
    "hunyuan_v1_moe": HunyuanV1Moe,
    "hy_v3": HyV3,
    "jamba": Jamba,
    "kimi_linear": KimiLinear,
    "laguna": Laguna,
    "lfm2_moe": Lfm2Moe,
    "llama4_text": Llama4Text,
    "longcat_flash": LongcatFlash,
    "mimo_v2_flash": MimoV2Flash,
    "minimax": MiniMax,
    "minimax_m2": MiniMaxM2,
    "mistral4": Mistral4,
    "mixtral": Mixtral,
    "nemotron_h": NemotronH,
    "olmoe": Olmoe,
    "phimoe": Phimoe,
    "qwen2_moe": Qwen2Moe,
    "qwen3_5_moe_text": Qwen35MoeText,
    "qwen3_moe": Qwen3Moe,
    "qwen3_next": Qwen3Next,
    "solar_open": SolarOpen,
    "switch_transformers": SwitchTransformers,
}


def of(config):
    """config: of a checkpoint. A multimodal one wraps the text model's config and prefixes its tensors."""
    if config["model_type"] == "llama4":
        return Llama4Text(config["text_config"], prefix="language_model.")
    if config["model_type"] == "qwen3_5_moe":
        return WrappedQwen35MoeText(config["text_config"])
    return FAMILIES[config["model_type"]](config)


def load(folder):
    """The model of a checkpoint folder, ready to run."""
    config = json.loads((folder / "config.json").read_text())
    model = of(config)
    return model.load(storage.unpacked(safetensors.read_folder(folder), config, model))
