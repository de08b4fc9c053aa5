"""ONNX files as protobuf's wire format has them, field by field: what minnow reads of them (the table of src/onnx/schema.ts)."""

# Message -> field -> what it holds: another message, "text", or "" for what needs no look.
FIELDS = {
    "Model": {1: "", 2: "text", 3: "text", 7: "Graph", 8: "Opset", 14: "Pair", 25: "Function"},
    "Graph": {1: "Node", 2: "text", 5: "Tensor", 11: "Info", 12: "Info", 15: "Sparse"},
    "Node": {1: "text", 2: "text", 3: "text", 4: "text", 5: "Attribute", 7: "text"},
    "Attribute": {
        **dict.fromkeys((2, 3, 4, 6, 7, 8, 9, 11, 20), ""),
        1: "text",
        5: "Tensor",
        21: "text",
    },
    "Tensor": {**dict.fromkeys((1, 2, 4, 5, 7, 9, 10, 11, 14), ""), 8: "text", 13: "Pair"},
    "Sparse": {1: "Tensor"},
    "Info": {1: "text", 2: "Type"},
    "Type": {1: "TensorType"},
    "TensorType": {1: "", 2: "Shape"},
    "Shape": {1: "Dimension"},
    "Dimension": {1: "", 2: "text"},
    "Opset": {1: "text", 2: ""},
    "Pair": {1: "text", 2: "text"},
    "Function": {1: "text", 10: "text"},
}


def varint(content, at):
    value = shift = 0
    while True:
        byte = content[at]
        at += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, at
        shift += 7
        if shift > 63:
            raise ValueError("no varint")


def fields(content):
    """(number, wire type, where it begins, where its value begins, where it ends) of each field; errors where there are none."""
    at = 0
    while at < len(content):
        begin = at
        tag, at = varint(content, at)
        number, wire = tag >> 3, tag & 7
        value = at
        if wire == 0:
            _, at = varint(content, at)
        elif wire == 1:
            at += 8
        elif wire == 5:
            at += 4
        elif wire == 2:
            length, value = varint(content, at)
            at = value + length
        elif wire == 3:
            at = group_end(content, at, number)
        else:
            raise ValueError("no field")
        if number == 0 or at > len(content):
            raise ValueError("no field")
        yield number, wire, begin, value, at


def group_end(content, at, number):
    """After the end of a group, whose fields are skipped."""
    while True:
        tag, next_at = varint(content, at)
        if tag & 7 == 4:
            return next_at
        *_, end = next(fields(content[at:]))
        at += end


def encoded(value):
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)


def only_read(content, message="Model"):
    """The file without the fields that minnow does not read."""
    out = b""
    for number, wire, begin, value, end in fields(content):
        holds = FIELDS[message].get(number)
        if holds is None:
            continue
        if holds in FIELDS and wire == 2:
            inner = only_read(content[value:end], holds)
            out += encoded(number << 3 | 2) + encoded(len(inner)) + inner
        else:
            out += content[begin:end]
    return out


def walk(content, message="Model"):
    """(message, its bytes, field number, wire type, value) of every field that minnow reads."""
    for number, wire, _, value, end in fields(content):
        holds = FIELDS[message].get(number)
        if holds is None:
            continue
        yield message, content, holds, content[value:end]
        if holds in FIELDS and wire == 2:
            yield from walk(content[value:end], holds)


def has_foreign_text(content):
    for _, _, holds, value in walk(content):
        if holds == "text":
            try:
                value.decode("utf-8")
            except UnicodeDecodeError:
                return True
    return False


def has_two_in_dimension(content):
    return any(
        holds == "Dimension" and {1, 2} <= {number for number, *_ in fields(value)}
        for _, _, holds, value in walk(content)
    )
