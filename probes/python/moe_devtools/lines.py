"""Lines of a file where a router may be called or may choose, read from its text alone: `python -m moe_devtools.lines FILE` prints them as JSON. The running program confirms them, or does not."""
import ast
import json
import re
import sys

SELECTING = {"topk", "argmax", "max", "sort", "argsort", "multinomial"}
_ROUTERISH = re.compile(r"(^|_)(gate|gating|route|router|routing|wg|classifier)s?(_|$)|[A-Za-z0-9](Gate|Gating|Router)|^(Gate|Gating|Router)")
_EXPERTS_OWN = re.compile(r"(^|_)(up|proj|act)(_|$)")       # gate_proj and gate_up are an expert's
_EXPERTISH = re.compile(r"expert|moe|router|gat(e|ing)", re.I)


def lines_of(source):
    """[{"line", "what"}] in order: `call` = a router is called, or experts are chosen by the line itself; `forward` = a line of a router's own code. SyntaxError when it is no Python."""
    found = {}
    tree = ast.parse(source)
    for scope in (tree, *(node for node in ast.walk(tree) if isinstance(node, ast.ClassDef))):
        for function in scope.body:
            if isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef)):
                _look_at(scope, function, found)
    return [{"line": line, "what": what} for line, what in sorted(found.items())]


def _look_at(scope, function, found):
    nodes = list(ast.walk(function))
    calls = [node for node in nodes if isinstance(node, ast.Call)]
    selecting = [call for call in calls if _called(call) in SELECTING and _chooses(call)]
    routers = [call for call in calls if _is_own(call.func) and _called(call) != "weight" or isinstance(call.func, ast.Name) and _ROUTERISH.search(call.func.id) and call.func.id[0].islower()]
    is_router = isinstance(scope, ast.ClassDef) and bool(_ROUTERISH.search(scope.name))
    routes = is_router or bool(_ROUTERISH.search(function.name))
    if selecting and (routes or any(_EXPERTISH.search(_word(node)) for node in nodes if isinstance(node, (ast.Name, ast.Attribute, ast.arg)))):
        routers += [*selecting, *(node for node in nodes if _projects(node, routes))]
        if is_router:
            found[function.lineno] = "forward"
            methods = {method.name for method in scope.body if isinstance(method, ast.FunctionDef)}
            routers += [call for call in calls if isinstance(call.func, ast.Attribute) and isinstance(call.func.value, ast.Name) and call.func.value.id == "self" and call.func.attr not in methods]
    elif function.name != "forward":
        return
    for node in routers:
        found[node.lineno] = "forward" if is_router else "call"


def _called(call):
    """Its last name; "" where what is called has none."""
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def _chooses(call):
    """max only along an axis, sorts only from the highest; argmax and top-k always."""
    given = {keyword.arg for keyword in call.keywords}
    if _called(call) == "max":
        return "dim" in given or any(isinstance(part, ast.UnaryOp) for part in call.args)
    return "descending" in given or "sort" not in _called(call)


def _projects(node, routes):
    """x @ self.gate, F.linear(x, self.weight), einsum(..., self.router); in code that `routes`, whatever is multiplied with @."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.MatMult):
        return routes or _is_own(node.left) or _is_own(node.right)
    return isinstance(node, ast.Call) and _called(node) in ("linear", "einsum", "matmul", "mm") and any(_is_own(part) for argument in node.args for part in ast.walk(argument))


def _is_own(node):
    """self.gate, or self.gates[i]"""
    node = node.value if isinstance(node, ast.Subscript) else node
    return isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "self" and (node.attr == "weight" or bool(_ROUTERISH.search(node.attr) and not _EXPERTS_OWN.search(node.attr)))


def _word(node):
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else node.arg


def main(arguments):
    if len(arguments) != 1:
        print("usage: python -m moe_devtools.lines FILE", file=sys.stderr)
        return 2
    try:
        with open(arguments[0], encoding="utf-8") as file:
            found = lines_of(file.read())
    except (OSError, SyntaxError, ValueError) as error:
        print(f"{arguments[0]}: {error}", file=sys.stderr)
        return 1
    print(json.dumps({"lines": found}))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
