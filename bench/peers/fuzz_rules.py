"""Why minnow and a reference reader may disagree on what is valid: for each format and minnow's verdict, reasons with a test that an
input must pass, test(content, minnow's words, the reference's words)."""

import itertools
import json
import os
import re

import fuzz_onnx as proto
import onnx
import ruamel.yaml
import yaml


def parsed(content):
    model = onnx.ModelProto()
    model.ParseFromString(content)
    return model


def passes(model):
    """Whether the checker takes the model; onnx's own shape inference ends its process for some."""
    out = os.fork()
    if out == 0:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
        try:
            onnx.checker.check_model(model, full_check=True)
            os._exit(0)
        except Exception:  # noqa: BLE001
            os._exit(1)
    return os.waitpid(out, 0)[1] == 0


# --- what minnow reads of ONNX, and the checker does not: with the named part mended, the checker takes the file too


def mended(*mends):
    """The checker takes the file once it is mended so; each mend changes something."""

    def test(content, _words, _why):
        try:
            model = parsed(proto.only_read(content) if proto.only_read in mends else content)
        except Exception:  # noqa: BLE001
            return False
        changed = [mend(model) for mend in mends if mend is not proto.only_read]
        return all(changed) and passes(model)

    return test


def name_the_graph(model):
    empty = model.graph.name == ""
    model.graph.name = "g"
    return empty


def newer_format(model):
    old = model.ir_version < 4
    model.ir_version = 8
    return old


def newest_opset(model):
    old = [one for one in model.opset_import if one.domain in ("", "ai.onnx") and one.version < 18]
    for one in old:
        one.version = 18
    return bool(old)


def forget_declared(model):
    """Outputs of the types that follow from the nodes, no types of values between."""
    graph = model.graph
    inferred = onnx.ModelProto()
    inferred.CopyFrom(model)
    before = [one.SerializeToString() for one in [*graph.output, *graph.value_info]]
    names = [one.name for one in graph.output]
    del inferred.graph.output[:]
    del inferred.graph.value_info[:]
    try:
        found = onnx.shape_inference.infer_shapes(inferred, data_prop=True).graph.value_info
    except Exception:  # noqa: BLE001
        return False
    types = {one.name: one for one in [*found, *graph.input]}
    if any(name not in types for name in names):
        return False
    del graph.output[:]
    del graph.value_info[:]
    graph.output.extend(types[name] for name in names)
    return before != [one.SerializeToString() for one in graph.output]


def forget_unused(model):
    used = {node.domain for node in model.graph.node}
    unused = [one for one in model.opset_import if one.domain not in {"", "ai.onnx", *used}]
    for one in unused:
        model.opset_import.remove(one)
    return bool(unused)


READ_ANYWAY = {
    "it names an opset of a domain that none of its nodes is of": [forget_unused],
    "its graph has no name": [name_the_graph],
    "IR version 3 wants weights among the inputs, as no version since does": [newer_format],
    "a field that minnow does not read is cut or broken": [proto.only_read],
    "a node is written as a newer opset has it, which is its only meaning": [newest_opset],
    "what it declares of outputs and values between is not believed, but inferred": [forget_declared],
}


def several():
    for count in (2, 3):
        for reasons in itertools.combinations(READ_ANYWAY, count):
            mends = [READ_ANYWAY[one] for one in reasons]
            yield f"{count} at once: {'; '.join(reasons)}", mended(*itertools.chain(*mends))


# --- what minnow refuses of ONNX, and the checker does not


def not_utf8(content, words, _why):
    return "no protobuf message" in words and proto.has_foreign_text(content)


def newer_than_runtime(content, words, _why):
    versions = [one.version for one in parsed(content).opset_import if one.domain in ("", "ai.onnx")]
    return "read up to" in words and max(versions) > 26


def named_opset_twice(content, words, _why):
    versions = {one.version for one in parsed(content).opset_import if one.domain in ("", "ai.onnx")}
    return "and of opset" in words and len(versions) > 1


def no_outputs(content, words, _why):
    return "has no outputs" in words and len(parsed(content).graph.output) == 0


def output_twice(content, words, _why):
    names = [one.name for one in parsed(content).graph.output]
    return "output stands twice" in words and len(set(names)) < len(names)


def other_size(content, words, _why):
    for one in parsed(content).graph.initializer:
        try:
            onnx.numpy_helper.to_array(one)
        except Exception:  # noqa: BLE001
            return "its shape takes" in words
    return False


def both_dimensions(content, words, _why):
    return "both a name and a length" in words and proto.has_two_in_dimension(content)


def axis_wraps(content, words, _why):
    """An axis beyond 32 bits: onnx and ONNX Runtime cut it to another number."""
    ints = [one.i for node in parsed(content).graph.node for one in node.attribute if one.name == "axis"]
    return "outside a tensor of rank" in words and any(abs(one) >= 2**31 for one in ints)


def unknown_attribute(content, words, _why):
    """An attribute that the op's schema does not have: the checker looks for none in ops that are functions too."""
    for node in parsed(content).graph.node:
        known = onnx.defs.get_schema(node.op_type, 18, node.domain).attributes
        if any(one.name not in known for one in node.attribute):
            return "has no attribute" in words
    return False


def fails_in_runtime(content, _words, _why):
    """ONNX Runtime refuses the file, or its nodes fail when they run."""
    import numpy
    import onnxruntime

    out = os.fork()
    if out == 0:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
        onnxruntime.set_default_logger_severity(4)
        try:
            session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
            feeds = {
                one.name: numpy.ones([dim if isinstance(dim, int) and dim >= 0 else 3 for dim in one.shape], "float32")
                for one in session.get_inputs()
            }
            session.run(None, feeds)
            os._exit(0)
        except Exception:  # noqa: BLE001
            os._exit(1)
    return os.waitpid(out, 0)[1] != 0


REFUSED_ONNX = [
    ("a name in it is not UTF-8, as protobuf wants texts to be", not_utf8),
    ("its opset is newer than what ONNX Runtime 1.30 runs", newer_than_runtime),
    ("it names the opset of ONNX's own ops twice, differently", named_opset_twice),
    ("its graph has no outputs", no_outputs),
    ("an output stands twice", output_twice),
    ("a weight's bytes do not fit its shape, and numpy cannot make an array of them", other_size),
    ("a dimension has both a name and a length, of which protobuf keeps the last", both_dimensions),
    ("an axis beyond 32 bits, which onnx and ONNX Runtime cut to another number", axis_wraps),
    ("an attribute that the op does not have, for which the checker does not look in every op", unknown_attribute),
    ("its shapes do not fit: ONNX Runtime refuses it too, or fails when it runs", fails_in_runtime),
]


# --- safetensors


def unsafe_integer(content, words, _why):
    header = json.loads(content[8 : 8 + int.from_bytes(content[:8], "little")])
    sizes = [size for name, one in header.items() if name != "__metadata__" for size in one["shape"]]
    return "non-negative integers" in words and any(size >= 2**53 for size in sizes)


def tensor_twice(content, words, _why):
    twice = False

    def pairs(found):
        nonlocal twice
        twice = twice or len(dict(found)) < len(found)
        return dict(found)

    json.loads(content[8 : 8 + int.from_bytes(content[:8], "little")], object_pairs_hook=pairs)
    return "stands twice" in words and twice


# --- YAML


def line_starts_low(content, words, _why):
    """A line inside of a flow collection is indented no more than the block around it (YAML 1.2.2, rule 69: s-flow-line-prefix)."""
    text = plain(content)
    if "sufficiently indented" not in words and "closing" not in words:
        return False
    breaks = [one.start() for one in re.finditer("\n", text)]
    return has_low(text) or any(has_low(f"{text[:at]} {text[at + 1 :]}", at) for at in breaks)


def has_low(text, joined=None):
    """Whether a flow collection has a low line; with `joined`, whether the line that stood there, now joined to the one before, was."""
    indents, depth, begin = [-1], 0, 0
    try:
        for token in yaml.scan(text):
            if isinstance(token, (yaml.BlockMappingStartToken, yaml.BlockSequenceStartToken)):
                indents.append(token.start_mark.column)
            elif isinstance(token, yaml.BlockEndToken):
                indents.pop()
            elif isinstance(token, (yaml.FlowMappingStartToken, yaml.FlowSequenceStartToken)):
                begin = begin if depth else token.start_mark.index
                depth += 1
            elif isinstance(token, (yaml.FlowMappingEndToken, yaml.FlowSequenceEndToken)):
                depth -= 1
                if depth > 0:
                    continue
                flow = text[begin : token.end_mark.index]
                if joined is not None:
                    within = begin < joined < token.end_mark.index
                    flow = f"\n{text[joined + 1 :].splitlines()[0]}" if within else ""
                if is_low(flow, indents[-1]):
                    return True
    except yaml.YAMLError:
        return False
    return False


def is_low(flow, indent):
    lines = re.split(r"\r\n|\r|\n", flow)[1:]
    return any(line.strip() and len(line) - len(line.lstrip(" ")) <= indent for line in lines)


def closes_low(content, _words, _why):
    """Only the closing bracket stands no further in than the block around it: all but libfyaml take it, which does so one space further in."""
    text = content.decode("utf-8")
    further = re.sub(r"(?m)^( *)(?=[\]}])", r"\1 ", text)
    return further != text and libfyaml_reads(further) and pyyaml_reads(text)


def libfyaml_reads(text):
    import libfyaml

    try:
        libfyaml.loads(text, mode="yaml1.2")
        return True
    except ValueError:
        return False


def pyyaml_reads(text):
    try:
        yaml.safe_load(text)
        return True
    except Exception:  # noqa: BLE001
        return False


def plain(content):
    """
    The text as PyYAML and ruamel.yaml, which keep some of YAML 1.1, read it too: spaces for tabs within lines and for what were line
    ends then, ~ for an empty key in a flow collection.
    """
    text = re.sub("(?m)(?<=[^\n])\t|^[ \t]+$|[\x85\u2028\u2029]", " ", content.decode("utf-8"))
    return re.sub(r"([\[{,]\s*):(?=\s)", r"\1~ :", text)


def key_twice(content, words, _why):
    return "there twice" in words and (any_mapping(content, has_twice) or is_one_more_renamed(content.decode("utf-8")))


def is_one_more_renamed(text):
    """Whether libfyaml finds a key more once one of them has another name: it was there twice."""
    before = keys_of(text)
    return before is not None and any(
        (keys_of(f"{text[: one.start()]}renamed{text[one.end() :]}") or 0) > before
        for one in re.finditer(r"[\w.-]+(?=[\"']?\s*:)", text)
    )


def keys_of(text):
    import libfyaml

    count = 0

    def counted(pairs):
        nonlocal count
        count += len(pairs)
        return dict(pairs)

    try:
        json.loads(libfyaml.json_dumps(libfyaml.loads(text, mode="yaml1.2")), object_pairs_hook=counted)
        return count
    except Exception:  # noqa: BLE001
        return None


def any_mapping(content, test):
    """Whether a mapping of the text, as PyYAML or ruamel.yaml composes it, passes a test."""
    text = plain(content)
    try:
        todo = [yaml.compose(text)]
    except yaml.YAMLError:
        try:
            todo = [ruamel.yaml.YAML(pure=True).compose(text)]
        except ruamel.yaml.YAMLError:
            return False
    seen = set()
    while todo:
        node = todo.pop()
        if node is None or id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, (yaml.MappingNode, ruamel.yaml.MappingNode)):
            if test(node):
                return True
            todo.extend(part for pair in node.value for part in pair)
        elif isinstance(node, (yaml.SequenceNode, ruamel.yaml.SequenceNode)):
            todo.extend(node.value)
    return False


SCALARS = (yaml.ScalarNode, ruamel.yaml.ScalarNode)


def has_twice(node):
    keys = [key.value for key, _ in node.value if isinstance(key, SCALARS)]
    return len(set(keys)) < len(keys)


def no_name(key):
    return not isinstance(key, SCALARS) or key.tag.endswith(":null")


def key_no_name(content, words, _why):
    return "key must be a name" in words and any_mapping(content, lambda node: any(no_name(key) for key, _ in node.value))


def has_tag(content, words, _why):
    return "tag" in words.lower() and re.search(rb"(^|[\s\[{,])!", content) is not None


def anchor_colon(content, words, _why):
    return "ambiguous" in words and re.search(rb"[&*]\S*:(\s|[\]},]|$)", content) is not None


READS = {"PyYAML": yaml.safe_load, "ruamel.yaml": lambda text: ruamel.yaml.YAML(typ="safe", pure=True).load(text)}


def say(content, what, readers=READS, as_read=plain):
    """These readers refuse the text too, each with these words."""
    for name in readers:
        try:
            READS[name](as_read(content))
            return False
        except Exception as error:  # noqa: BLE001
            if what not in str(error):
                return False
    return True


def mapping_on_key_line(content, words, _why):
    """`a: : b`: a block mapping begins on a line of its own."""
    return "compact mappings" in words and (
        say(content, "mapping values are not allowed here")
        or any_mapping(content, lambda node: any(no_name(key) for key, _ in node.value))
    )


def key_without_colon(content, words, _why):
    return re.search("followed by map values|on a single line", words) and say(content, "could not find expected ':'")


def percent_first(content, words, _why):
    return "directive indicator" in words and say(content, "scanning a directive", ["PyYAML"])


def anchor_touches(content, words, _why):
    return "Tags and anchors must be separated" in words and say(content, "while scanning an anchor", ["PyYAML"])


def header_below_key(content, _words, _why):
    """Only libfyaml wants the header of a block scalar on the line of its key (YAML 1.2.2, rule 199: s-separate takes lines)."""
    text = content.decode("utf-8")
    above = re.sub(r":[ \t]*\n[ \t]+(?=[|>][-+0-9]*[ \t]*\n)", ": ", text)
    return above != text and pyyaml_reads(text) and libfyaml_reads(above)


def tab_indents(content, words, _why):
    return "Tabs are not allowed as indentation" in words and say(
        content, "found character '\\t' that cannot start any token", as_read=bytes.decode
    )


def last_item_is_empty(content, _words, _why):
    text = content.decode("utf-8").rstrip()
    return text.endswith("-") and pyyaml_reads(text) and libfyaml_reads(f"{text} ~\n")


def one_block_scalar(content, _words, _why):
    """A block scalar at the top may have lines that are not indented (YAML 1.2.2, rule 211: a bare document is at n = -1)."""
    text = content.decode("utf-8")
    try:
        return text.lstrip().startswith(("|", ">")) and isinstance(READS["ruamel.yaml"](text), str)
    except Exception:  # noqa: BLE001
        return False


RULES = {
    ("safetensors", "valid"): [],
    ("safetensors", "refused"): [
        ("a tensor is named __proto__", lambda content, words, _: "__proto__" in words and b"__proto__" in content),
        ("a tensor is there twice: JSON leaves open which counts", tensor_twice),
        ("a dimension of an empty tensor is no safe integer (2^53 or more)", unsafe_integer),
    ],
    ("onnx", "valid"): [
        *((reason, mended(*mends)) for reason, mends in READ_ANYWAY.items()),
        *several(),
    ],
    ("onnx", "refused"): REFUSED_ONNX,
    ("yaml", "valid"): [
        ("a closing bracket stands no further in than its key, as most write it: libfyaml wants one space more", closes_low),
        ("a block scalar's header stands below its key: only libfyaml refuses that", header_below_key),
        ("the last item of a list is empty: only libfyaml refuses that", last_item_is_empty),
        ("the text is one block scalar whose lines are not indented: ruamel.yaml reads it too", one_block_scalar),
    ],
    ("yaml", "refused"): [
        ("a key is there twice: YAML 1.2.2 forbids it (3.2.1.3), libfyaml does not look", key_twice),
        ("a key is no name: a recipe has names only", key_no_name),
        ("a tag: a recipe has plain values only", has_tag),
        ("a line of a flow collection is indented no more than the block around it", line_starts_low),
        ("an anchor that ends in a colon: readers differ in what it means", anchor_colon),
        ("a mapping begins on the line of its key: PyYAML and ruamel.yaml refuse it too", mapping_on_key_line),
        ("a key without a colon at the end: PyYAML and ruamel.yaml refuse it too", key_without_colon),
        ("a tab where spaces indent: PyYAML and ruamel.yaml refuse it too", tab_indents),
        ("a line that begins with %: PyYAML refuses it too, as a broken directive", percent_first),
        ("an anchor touches what follows it: PyYAML refuses it too", anchor_touches),
    ],
}
