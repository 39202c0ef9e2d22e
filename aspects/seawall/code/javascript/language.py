"""What JavaScript's own names and packages mean: the AWS SDKs, promises and callbacks, retry libraries."""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from seawall.template import SourceLine

from .. import syntax as s
from ..calling import RESCUE, _each, apply, aws, bound, sent, unfollowed
from ..context import Around, Catch, LexicalScope
from ..durable import config_in, step
from ..errors import UnreadableError
from ..files import Below, BundledFile, Files, first
from ..http import HttpRequest, first_url
from ..reader import Reader
from ..services import operation, service
from ..tries import NOT_SET, SdkTries
from ..values import (
    NOTHING,
    UNKNOWN,
    ClassValue,
    Client,
    Command,
    Environment,
    External,
    Failure,
    FromEvent,
    FunctionValue,
    Getter,
    Instance,
    JsonText,
    LambdaContext,
    ListValue,
    Lit,
    Operation,
    RecordValue,
    Response,
    UnknownValue,
    Value,
    Variable,
    either,
    inside,
    plain,
)
from ..words import words
from .parse import parse

SUFFIXES = (".js", ".mjs", ".cjs", ".ts", ".mts", ".cts", ".tsx", ".jsx")
_BUILT = re.compile(r"^(?:\./)?(?:dist|build|lib|out|bundle|\.build)/")
_SDK = re.compile(r"^@aws-sdk/(?:client|lib)-([a-z0-9-]+)\.(.+)$")
_V2 = re.compile(r"^(?:aws-sdk|aws-xray-sdk(?:-core)?\.captureAWS)(?:/clients)?[./](?:default\.)?([A-Za-z0-9.]+)$")
_NODE = words(
    "assert async_hooks buffer child_process cluster console crypto dns events fs http http2 https net os path "
    "perf_hooks process punycode querystring readline stream string_decoder timers tls tty url util v8 vm "
    "worker_threads zlib module diagnostics_channel"
)  # fmt: skip
_KNOWN = re.compile(
    r"^(axios|axios-retry|node-fetch|got|undici|uuid|ulid|nanoid|lodash|moment|dayjs|luxon|date-fns|zod|joi|ajv|yup|"
    r"@middy/|middy|@aws-lambda-powertools/|@aws-sdk/|@smithy/|aws-sdk|aws-xray-sdk|source-map-support|pg|mysql2?|"
    r"mongodb|mongoose|redis|ioredis|sharp|jimp|jsonwebtoken|jwks-rsa|jose|aws-jwt-verify|cfn-response|p-retry|"
    r"async-retry|p-limit|p-map|bluebird|express|fastify|@vendia/serverless-express|serverless-http|"
    r"aws-serverless-express|stripe|twilio|@slack/|nodemailer|openai|@anthropic-ai/|langchain|graphql|@apollo/|"
    r"csv-parse|csv-stringify|xml2js|js-yaml|yaml|dotenv|pino|winston|bunyan|debug|tslib|reflect-metadata|class-|"
    r"@sentry/|@opentelemetry/|datadog-lambda-js|dd-trace|aws4|aws-embedded-metrics|@aws/durable|qrcode|pdfkit|"
    r"cheerio|jsdom|puppeteer|chrome-aws-lambda|@sparticuz/|kafkajs|@opensearch-project/|@elastic/|aws-crt|"
    r"serialize-error|http-errors|ws|form-data|mime|semver|ms|faker|@faker-js/|exponential-backoff|retry)"
)
"""Public packages that send nothing to what they are handed, but for what is said of them here."""
_WRAPPERS = re.compile(
    r"^(sqs-producer|sns-sqs-|dynamoose|dynamodb-toolbox|electrodb|@typedorm/|sqs-consumer|serverless-|@serverless/|s3-)"
)
"""Packages that make AWS clients of their own."""
_QUIET = re.compile(
    r"^(console|JSON\.stringify|Object|Array|Math|Date|Number|String|Boolean|Symbol|Map|Set|WeakMap|RegExp|parseInt|"
    r"parseFloat|isNaN|encodeURIComponent|decodeURIComponent|setTimeout|clearTimeout|setInterval|Buffer|URL|process|"
    r"Intl|Reflect|BigInt|Error|TypeError|RangeError|Promise|structuredClone|performance|TextEncoder|TextDecoder|"
    r"(node:)?(util|path|crypto|os|url|events|querystring|timers)|uuid|ulid|nanoid|lodash|moment|dayjs|luxon|date-fns|"
    r"@aws-lambda-powertools/(logger|metrics|tracer|commons)|aws-xray-sdk|aws-xray-sdk-core|@aws-sdk/util|"
    r"pino|winston|debug|tslib|reflect-metadata|@middy/|@smithy/|source-map-support|dotenv|aws-embedded-metrics|"
    r"@aws-sdk/types|bluebird|p-limit|URLSearchParams|AbortController|atob|btoa|globalThis)\b"
)
_GLOBALS = words(
    "console JSON Object Array Math Date Number String Boolean Symbol Map Set WeakMap RegExp parseInt parseFloat "
    "isNaN encodeURIComponent decodeURIComponent setTimeout clearTimeout setInterval Buffer URL Intl Reflect BigInt "
    "Error TypeError RangeError Promise structuredClone performance TextEncoder TextDecoder fetch atob btoa "
    "globalThis URLSearchParams AbortController Proxy WeakSet SyntaxError ReferenceError escape unescape "
    "setImmediate queueMicrotask Uint8Array ArrayBuffer clearInterval require eval Function"
)  # fmt: skip
_DOCUMENT = {"Put": "PutItem", "Update": "UpdateItem", "Delete": "DeleteItem", "BatchWrite": "BatchWriteItem",
             "TransactWrite": "TransactWriteItems", "Get": "GetItem", "BatchGet": "BatchGetItem"}  # fmt: skip
_DOCUMENT_METHODS = {name[:1].lower() + name[1:]: made for name, made in _DOCUMENT.items()}
_RETRY = re.compile(r"^(p-retry|async-retry|exponential-backoff)\b")
_CLIENTS = ("axios", "axios.create", "got")
_VERBS = words("get post put delete patch head options")
_HELPERS = ("@aws-sdk/node-http-handler", "@aws-sdk/middleware-retry", "@aws-sdk/util-retry")
"""Packages of the SDK that configure clients and make none."""
_NO_CALLS = words("config middlewareStack destroy promise on waitFor getSignedUrl")
_PROGRAMS = re.compile(
    r"^(node:)?child_process\.(default\.)?(exec|execFile|execSync|execFileSync|spawn|spawnSync|fork)$"
)
_REACHES = re.compile(
    r"^(fetch|axios|got|node-fetch|undici|aws4|aws4fetch|superagent|needle|ky|request|ws|kafkajs|URL|(node:)?url\.parse"
    r"|(node:)?(http|https|http2|net|tls|dgram))\b(?!-)"
)


class JavaScript:
    """Handlers in JavaScript and TypeScript."""

    missing: Value = NOTHING
    blocks = True
    strict = False
    nests = False
    beside = True

    def parse(self, text: str, path: str, name: str) -> s.ParsedModule:
        """The syntax tree of a module."""
        if name.endswith(".json"):
            return _data(text, path)
        return parse(text, path, name)

    def prepare(self, scope: LexicalScope) -> None:
        """What every module finds: `exports` and `module`."""
        exports = RecordValue()
        scope.names["exports"] = exports
        scope.names["module"] = RecordValue({"exports": exports})

    def exported(self, scope: LexicalScope) -> Value | None:
        """What a module gives to those who import it."""
        module = scope.names.get("module")
        found = module.entries.get("exports") if isinstance(module, RecordValue) else None
        own = scope.names.get("exports")
        if isinstance(found, RecordValue) and isinstance(own, RecordValue) and found is not own and own.entries:
            return RecordValue({**own.entries, **found.entries}, (*own.rest, *found.rest))
        return found

    def handler(self, name: str, everywhere: Sequence[Files]) -> tuple[BundledFile, tuple[str, ...]] | None:
        """``folder/module.member``; where the folder is one that a build makes, the source beside it."""
        folder, _, last = name.rpartition("/")
        module, _, members = last.partition(".")
        if not members:
            return None
        path = posixpath.join(folder, module).removeprefix("/")
        stems = [path]
        if _BUILT.match(path):
            bare = _BUILT.sub("", path)
            stems += [f"src/{bare}", bare]
        stems += [f"src/{path}", f"lib/{path}"]
        place = first(everywhere, [f"{stem}{suffix}" for stem in stems for suffix in SUFFIXES])
        return (place, tuple(members.split("."))) if place is not None else None

    def module(self, name: str, importer: BundledFile, everywhere: Sequence[Files]) -> BundledFile | None:
        """A module relative to its importer, in a layer, or a package of the app's own."""
        name = name.removeprefix("file:")
        if name.startswith("/opt/"):
            inner = name.removeprefix("/opt/")
            return first(everywhere[1:], [*_candidates(inner), *_candidates(inner.removeprefix("nodejs/"))])
        if name.startswith("."):
            path = posixpath.normpath(posixpath.join(posixpath.dirname(importer.name), name))
            return first([importer.files], _candidates(path)) or first(everywhere, _candidates(path))
        if name.startswith(("@aws-sdk/", "aws-sdk", "@smithy/", "node:")) or name in _NODE or _KNOWN.match(name):
            return None
        roots = [*everywhere, *(Below(files, "nodejs") for files in everywhere)]
        if name in _dependencies(everywhere):
            return None
        for files in roots:
            main = _main(files, f"node_modules/{name}")
            if main is not None:
                return main
        return None

    def declared(self, path: str, everywhere: Sequence[Files]) -> bool:
        """The language's own, a known package, or one that `package.json` lists."""
        path = path.removeprefix("./") if path.startswith("./cfn-response") else path
        if _WRAPPERS.match(path):
            return False
        root = path.partition(".")[0]
        if root in _GLOBALS or root in _NODE or root.startswith(("node:", "@aws-sdk/", "@smithy/")):
            return True
        if _KNOWN.match(path) or root in ("callback", "resolve", "reject", "process", "items"):
            return True
        return any(root == each or path.startswith((f"{each}.", f"{each}/")) for each in _dependencies(everywhere))

    def retrying(self, over: Value) -> int | None:
        """Nothing."""
        return None

    def harmless(self, path: str) -> bool:
        """Logging, text, clocks and the like."""
        return bool(_QUIET.match(path)) or path.partition(".")[0] in ("callback", "resolve", "reject", "items")

    def trusted(self, path: str) -> bool:
        """Known packages send nothing to what they are handed."""
        return (
            path.partition(".")[0] in _GLOBALS
            or bool(_KNOWN.match(path))
            or path.startswith("node:")
            or (path.partition(".")[0] in _NODE)
        )

    def reaches(self, path: str) -> bool:
        """Requests over HTTP and sockets, what takes their addresses apart, and programs."""
        return bool(_REACHES.match(path)) or self.program(path)

    def program(self, path: str) -> bool:
        """`child_process`."""
        return bool(_PROGRAMS.match(path))

    def constant(self, path: str) -> Value | None:
        """``process.env``."""
        if path in ("process.env", "node:process.env", "process.default.env", "node:process.default.env"):
            return Environment()
        return None

    def builtin(self, name: str) -> Value | None:
        """The language's own names."""
        if name == "process":
            return External("process")
        if name == "property":  # how a getter of a class is marked, as in Python
            return External(name)
        if name in ("undefined", "NaN"):
            return NOTHING
        return External(name) if name in _GLOBALS else None

    def special(self, reader: Reader, node: s.CallExpression, scope: LexicalScope, around: Around) -> Value | None:
        """Calls that change what surrounds their parts: imports, promises, requests that are sent, bundled commands."""
        from ..expressions import evaluate

        called = node.function
        if called == s.Name("require") and node.arguments:
            name = plain(evaluate(reader, node.arguments[0], scope, around))
            if isinstance(name, Lit):
                found = reader.module(str(name.value), scope)
                exported = reader.exported_of(found)
                return exported if exported is not None else found
            reader.gap("a module whose name is made up while it runs", scope, node.line)
            return UNKNOWN
        if called == s.Name("super"):
            return _super(reader, node, scope, around)
        if not isinstance(called, s.Attr):
            return None
        at = SourceLine(scope.path, node.line)
        if called.name == "catch" and len(node.arguments) == 1:
            return _caught(reader, called.of, node.arguments[0], at, scope, around)
        if called.name == "then" and len(node.arguments) == 2:
            value = _caught(reader, called.of, node.arguments[1], at, scope, around)
            function = evaluate(reader, node.arguments[0], scope, around)
            return apply(reader, function, [value], {}, scope, node.line, around)
        if called == s.Attr(s.Name("Promise"), "allSettled"):
            catch = Catch(at, True, around.reached)
            catch.touched.add(".allSettled")
            inner = replace(around.caught(catch), beside=True)
            return either(*[evaluate(reader, each, scope, inner) for each in node.arguments])
        if called.name == "n" and len(node.arguments) == 2:
            return _bundled(node.arguments)
        if called.name == "send" and node.arguments:
            return _send(reader, node, called, scope, around)
        return None

    def member(self, of: Value, name: str) -> Value | None:
        """Methods of clients are operations; members of the event are what it brings."""
        if isinstance(of, Client):
            return None if name == "send" else Operation(of, name)
        if isinstance(of, FromEvent):
            return FromEvent((*of.path, name)) if name not in _EVENT_METHODS else None
        if isinstance(of, Response):
            return None if name in ("promise", "then", "catch") else UnknownValue("an answer", (of,))
        if isinstance(of, ListValue) and name == "length":
            return UNKNOWN
        return None

    def decorated(self, reader: Reader, function: Value, by: Value, line: int) -> Value | None:
        """Nothing: decorators of classes are not followed."""
        return function

    def call(
        self,
        reader: Reader,
        called: External,
        arguments: Sequence[Value],
        named: Mapping[str, Value],
        scope: LexicalScope,
        line: int,
        around: Around,
    ) -> Value | None:
        """What a call of a package gives, where it means something to us."""
        path, at = called.path, SourceLine(scope.path, line)
        first_ = arguments[0] if arguments else UNKNOWN
        if path.startswith("@aws-sdk/") and not path.startswith(_HELPERS):
            return _from_sdk(reader, path, arguments, scope, line, around)
        v2 = _V2.match(path)
        if v2 is not None and not called.made:
            return _from_v2(reader, v2[1], arguments, at, around)
        if path == "Promise.reject":
            return _ended(reader, "reject", arguments, at, replace(around, catches=around.reached))
        if path in ("callback", "resolve", "reject") and called.made:
            return _ended(reader, path, arguments, at, around)
        if path == "JSON.stringify":
            return JsonText(first_)
        if path == "JSON.parse":
            inner = plain(first_)
            if not isinstance(inner, JsonText) and not hasattr(inner, "name"):
                reader.risk(at, around)
            return inner.of if isinstance(inner, JsonText) else inner
        if path in ("Number", "parseInt", "parseFloat", "String", "Number.parseInt", "structuredClone", "BigInt"):
            return _number(first_)
        if path in ("encodeURIComponent", "decodeURIComponent", "Promise.all", "Promise.race", "Promise.resolve",
                    "Array.from", "Object.freeze", "Promise.any", "util.promisify", "node:util.promisify"):  # fmt: skip
            if path == "Array.from" and len(arguments) > 1:
                return ListValue(
                    _each(reader, _listed(first_), arguments[1:], scope, line, around), depth=len(around.laps)
                )
            return first_
        if path == "Promise":
            for each in [one for one in map(plain, arguments) if isinstance(one, FunctionValue)]:
                ends = [External("resolve", made=True), External("reject", made=True)]
                promised = replace(around, catches=around.reached, detached=False)
                return either(reader.call(each, ends, {}, scope, line, promised), UNKNOWN)
        if path.startswith("Object."):
            return _of_objects(path, arguments)
        if path in ("process.exit", "process.abort"):
            reader.risk(at, around, explicit=True)
            reader.always_raised = True
            return UNKNOWN
        if path in ("eval", "Function"):
            reader.gap(f"calls {path}: what runs there is made up while it runs", scope, line)
            return UNKNOWN
        if path.startswith("Proxy."):
            reader.gap(
                f"calls {path.partition('.')[2]} of a Proxy: what runs there is made up while it runs", scope, line
            )
            return UNKNOWN
        if path.startswith("@middy/core") and path.endswith((".onError", ".use")):
            return _middleware(called, arguments)
        if _RETRY.match(path):
            return _retried(reader, path, arguments, at, scope, around)
        if path.endswith(("processPartialResponse", "processPartialResponseSync")):
            if len(arguments) > 1:
                reader.for_records(plain(arguments[1]), at, scope, around)
            return RecordValue({"batchItemFailures": ListValue(failed=True, open=True)})
        if path.startswith(("aws-xray-sdk", "tslib.__importStar", "tslib.__importDefault")) and arguments:
            return arguments[0]
        if path.startswith("setTimeout") or path == "setImmediate":
            for each in [one for one in map(plain, arguments) if isinstance(one, FunctionValue)]:
                reader.call(each, [], {}, scope, line, around)
            reader.always_raised = False
            return UNKNOWN
        return None

    def http(
        self, reader: Reader, called: External, arguments: Sequence[Value], named: Mapping[str, Value]
    ) -> HttpRequest | None:
        """fetch, axios and got; axios-retry sets how a client of axios tries again."""
        path = called.path.replace(".default", "")
        if path == "axios-retry" and arguments:
            client = plain(arguments[0])
            options = plain(arguments[1]) if len(arguments) > 1 else RecordValue()
            if isinstance(client, External) and isinstance(options, RecordValue):
                options.entries.setdefault("retries", Lit(3))
                reader.clients[client.path.replace(".default", "")] = options
            return None
        client_path, _, verb = path.rpartition(".")
        if path in ("fetch", "node-fetch", "undici.fetch"):
            return HttpRequest(first_url(arguments), "", path)
        if path in _CLIENTS or (client_path in _CLIENTS and verb in _VERBS):
            own = path if verb not in _VERBS else client_path
            options = plain(arguments[-1]) if len(arguments) > 1 else NOTHING
            retries = options.entries.get("retry", NOTHING) if isinstance(options, RecordValue) else NOTHING
            method = verb.upper() if verb in _VERBS else ""
            return HttpRequest(first_url(arguments), method, own, retries, raises=True)
        return None

    def operation(
        self,
        reader: Reader,
        client: Client,
        name: str,
        arguments: Sequence[Value],
        named: Mapping[str, Value],
        scope: LexicalScope,
        line: int,
        around: Around,
    ) -> Value | None:
        """A method of a client: of the SDK's second generation, or of an aggregated client of the third."""
        if name in _NO_CALLS or name.startswith(("waitUntil", "paginate")):
            return UNKNOWN
        functions = [each for each in map(plain, arguments) if isinstance(each, FunctionValue)]
        requests = [each for each in arguments if not isinstance(plain(each), FunctionValue)]
        if name == "makeRequest" and requests:
            asked, *requests = requests
            if not isinstance(plain(asked), Lit):
                reader.gap("an operation of a client whose name is made up while it runs", scope, line)
                return UNKNOWN
            name = str(getattr(plain(asked), "value", ""))
        request = requests[0] if requests else RecordValue()
        if name == "upload" and client.service == "s3":
            name = "putObject"
        made = _DOCUMENT_METHODS.get(name, operation(name)) if client.part == "DocumentClient" else operation(name)
        if not functions:
            return aws(reader, client.service, made, request, client.tries, scope, line, around)
        catch = Catch(SourceLine(scope.path, line), True, around.reached)
        inner = around.caught(catch)
        response = aws(reader, client.service, made, request, client.tries, scope, line, inner)
        for each in functions:
            reader.call(each, [Failure(catch), response], {}, scope, line, around)
        reader.always_raised = False
        return response

    def method(
        self,
        reader: Reader,
        of: Value,
        name: str,
        arguments: Sequence[Value],
        named: Mapping[str, Value],
        scope: LexicalScope,
        line: int,
        around: Around,
    ) -> Value | None:
        """Methods that only JavaScript's values have."""
        at = SourceLine(scope.path, line)
        if isinstance(of, LambdaContext):
            if name in ("fail", "succeed", "done"):
                failed = name == "fail" or (name == "done" and bool(arguments))
                given = arguments if failed else [NOTHING, *arguments]
                return _ended(reader, "callback", given, at, around)
            if name == "invoke":
                names = [each for each in arguments if not isinstance(plain(each), (FunctionValue, RecordValue))]
                called = names[-1] if len(names) <= 1 or len(arguments) < 3 else names[1]
                request = RecordValue({"FunctionName": called})
                response = aws(reader, "lambda", "Invoke", request, NOT_SET, scope, line, around)
                if isinstance(response, Response):
                    response.raised = True
                return UnknownValue("an answer", (response,))
            for each in [one for one in map(plain, arguments) if isinstance(one, FunctionValue)]:
                if name == "step":
                    each = step(reader, each, config_in(arguments), scope, line)
                reader.call(each, [of], {}, scope, line, around)
            return UnknownValue("", tuple(arguments))
        if isinstance(of, Operation) and of.name == "middlewareStack":
            unfollowed(reader, arguments, named, scope, line, around)
            return UNKNOWN
        if isinstance(of, FunctionValue) and name in ("call", "apply", "bind"):
            given = list(arguments[1:])
            if name == "apply":
                listed = plain(given[0]) if given else UNKNOWN
                given = list(listed.items) if isinstance(listed, ListValue) else [UNKNOWN]
            own = replace(of, owner=arguments[0]) if arguments and of.owner is None and arguments[0] != NOTHING else of
            if name == "bind":
                return bound(own, given, {}) if given else own
            return reader.call(own, given, {}, scope, line, around)
        if isinstance(of, Operation) and name in ("call", "apply", "bind"):
            if name == "bind" and len(arguments) <= 1:
                return of
            given = list(arguments[1:])
            if name == "apply":
                listed = plain(given[0]) if given else UNKNOWN
                given = list(listed.items) if isinstance(listed, ListValue) else [UNKNOWN]
            if name == "bind":
                reader.gap(f"binds {of.name} of a client to arguments", scope, line)
                return UNKNOWN
            return self.operation(reader, of.client, of.name, given, {}, scope, line, around)
        if isinstance(of, (Response, UnknownValue)) and name in ("promise", "finally"):
            return of
        if name == "then" and arguments and not isinstance(of, (Instance, RecordValue)):
            inner = replace(around, catches=around.reached)
            return apply(reader, arguments[0], [of], {}, scope, line, inner)
        return None


_EVENT_METHODS = words(
    "map forEach filter reduce slice split replace replaceAll toLowerCase toUpperCase trim includes startsWith "
    "endsWith toString find some every push join concat flatMap indexOf then catch keys values entries at pop shift "
    "substring substr match transformToString transformToByteArray hasOwnProperty invoke step sort reverse"
)  # fmt: skip


def _listed(value: Value) -> Value:
    """What ``Array.from`` goes over: ``{length: 3}`` has three entries."""
    value = plain(value)
    if not isinstance(value, RecordValue) or "length" not in value.entries:
        return value
    return External("range", (plain(value.entries["length"]),), made=True)


def _candidates(path: str) -> list[str]:
    stem, suffix = posixpath.splitext(path)
    found = [path] if suffix in (*SUFFIXES, ".json") else []
    if suffix in (".js", ".mjs", ".cjs", ".jsx"):
        found += [f"{stem}{each}" for each in (".ts", ".mts", ".tsx")]
    return [*found, *(f"{path}{each}" for each in (*SUFFIXES, ".json")), *(f"{path}/index{each}" for each in SUFFIXES)]


def _main(files: Files, folder: str) -> BundledFile | None:
    """The module that a package gives."""
    if not files.has(f"{folder}/package.json"):
        return first([files], [f"{folder}/index{each}" for each in SUFFIXES])
    try:
        about = json.loads(files.read(f"{folder}/package.json"))
    except (UnreadableError, ValueError, RecursionError):
        return None
    main = about.get("main") if isinstance(about, dict) else None
    stem = posixpath.normpath(posixpath.join(folder, main if isinstance(main, str) else "index"))
    return first([files], _candidates(stem))


def _dependencies(everywhere: Sequence[Files]) -> frozenset[str]:
    """Packages that `package.json` beside the code lists."""
    found: set[str] = set()
    for files in everywhere:
        for name in ("package.json", "../package.json", "nodejs/package.json"):
            if files.has(name):
                try:
                    about = json.loads(files.read(name))
                except (UnreadableError, ValueError, RecursionError):
                    continue
                for key in ("dependencies", "devDependencies", "peerDependencies", "optionalDependencies"):
                    listed = about.get(key) if isinstance(about, dict) else None
                    found |= set(listed) if isinstance(listed, dict) else set()
    return frozenset(found)


def _data(text: str, path: str) -> s.ParsedModule:
    """A JSON file that is imported."""
    try:
        made = _literal(json.loads(text))
    except (ValueError, RecursionError):
        raise UnreadableError("is no JSON") from None
    return s.ParsedModule(path, (s.Bind(s.Attr(s.Name("module"), "exports"), made, 1),))


def _literal(raw: object) -> s.Expr:
    if isinstance(raw, dict):
        return s.Record(tuple((s.Const(str(key)), _literal(each)) for key, each in raw.items()))
    if isinstance(raw, list):
        return s.Items(tuple(map(_literal, raw)))
    return s.Const(raw) if isinstance(raw, (str, int, float, bool)) or raw is None else s.OtherExpression()


def _caught(reader: Reader, work: s.Expr, done: s.Expr, at: SourceLine, scope: LexicalScope, around: Around) -> Value:
    """``work.catch(done)``."""
    from ..expressions import evaluate

    catch = Catch(at, True, around.reached)
    catch.touched.add(".catch")
    value = evaluate(reader, work, scope, around.caught(catch))
    function = plain(evaluate(reader, done, scope, around))
    handling = replace(around, handling=(*around.handling, catch))
    if isinstance(function, FunctionValue):
        value = either(value, reader.call(function, [Failure(catch)], {}, scope, at.line, handling))
        catch.ends = frozenset("next" if end == "return" else end for end in reader.ended)
    elif isinstance(function, External) and function.path in ("callback", "reject"):
        catch.ends = words("raise")
    else:
        catch.ends = words("next raise") if not isinstance(function, External) else words("next")
    reader.always_raised = False
    return value


def _super(reader: Reader, node: s.CallExpression, scope: LexicalScope, around: Around) -> Value:
    """``super(...)`` in a constructor."""
    from ..calling import _arguments

    arguments, _ = _arguments(reader, node, scope, around)
    owner = scope.owner
    if isinstance(owner, Instance):
        for base in owner.of.bases:
            inner = plain(base)
            found = inner.members.names.get("constructor") if isinstance(inner, ClassValue) else None
            if isinstance(found, FunctionValue):
                reader.call(replace(found, owner=owner), arguments, {}, scope, node.line, around)
            elif isinstance(inner, ClassValue):
                owner.fields.setdefault("#input", arguments[0] if arguments else UNKNOWN)
    return UNKNOWN


def _bundled(arguments: Sequence[s.Expr]) -> Value | None:
    """The SDK inside a bundle: its commands name themselves, ``.n("SQSClient", "SendMessageCommand")``."""
    client, command = arguments
    if not (isinstance(client, s.Const) and isinstance(command, s.Const)):
        return None
    names = str(client.value), str(command.value)
    if not (names[0].endswith("Client") and names[1].endswith("Command")):
        return None
    return External(f"@aws-sdk/client-{names[0].removesuffix('Client').lower()}.{names[1]}")


def _send(reader: Reader, node: s.CallExpression, called: s.Attr, scope: LexicalScope, around: Around) -> Value | None:
    """``client.send(command)``, whatever the client is."""
    from ..calling import _arguments
    from ..expressions import evaluate, member

    client = evaluate(reader, called.of, scope, around)
    arguments, named = _arguments(reader, node, scope, around)
    inner = plain(client)
    tries = inner.tries if isinstance(inner, Client) else NOT_SET
    commands = [each for each in inside(arguments[0], 1) if isinstance(each, Command)] if arguments else []
    functions = [each for each in map(plain, arguments[1:]) if isinstance(each, FunctionValue)]
    if commands:
        catch = Catch(SourceLine(scope.path, node.line), True, around.reached)
        within = around.caught(catch) if functions else around
        found = sent(reader, arguments[0], tries, scope, node.line, within)
        for each in functions:
            reader.call(each, [Failure(catch), found or UNKNOWN], {}, scope, node.line, around)
        return found
    if isinstance(inner, Client):
        reader.gap("sends a request that could not be followed", scope, node.line)
        reader.risk(SourceLine(scope.path, node.line), around)
        return UNKNOWN
    return apply(reader, member(reader, client, "send", scope, around), arguments, named, scope, node.line, around)


def _from_sdk(
    reader: Reader, path: str, arguments: Sequence[Value], scope: LexicalScope, line: int, around: Around
) -> Value | None:
    """What the SDK's third generation makes: clients and commands."""
    found = _SDK.match(path)
    if found is None:
        return External(path, tuple(arguments), made=True)
    name, what = found[1], found[2].removeprefix("default.")
    first_ = arguments[0] if arguments else RecordValue()
    if name == "dynamodb" and path.startswith("@aws-sdk/lib-") and what.endswith("Command"):
        return Command("dynamodb", _DOCUMENT.get(what.removesuffix("Command"), what.removesuffix("Command")), first_)
    if "Command." in what:  # a bundled one that is still being put together
        return External(f"@aws-sdk/client-{name}.{what.partition('.')[0]}")
    if what.endswith("Command"):
        return Command(service(name), what.removesuffix("Command"), first_)
    if what.startswith(("DynamoDBDocumentClient.from", "DynamoDBDocument.from")):
        inner = plain(first_)
        tries = inner.tries if isinstance(inner, Client) else NOT_SET
        return Client("dynamodb", tries, part="DocumentClient")
    if what == "Upload":
        asked = plain(first_)
        request = asked.entries.get("params", UNKNOWN) if isinstance(asked, RecordValue) else UNKNOWN
        aws(reader, "s3", "PutObject", request, NOT_SET, scope, line, around)
        return External("@aws-sdk/lib-storage.Upload", made=True)
    if what[:1].isupper() and "." not in what and not what.startswith(("Paginator",)):
        return Client(service(name), _configured(reader, first_, SourceLine(scope.path, line), around))
    if what.startswith("paginate"):
        return UnknownValue("an answer")
    return External(path, tuple(arguments), made=True)


def _from_v2(reader: Reader, name: str, arguments: Sequence[Value], at: SourceLine, around: Around) -> Value | None:
    """A client of the SDK's second generation, by its own settings and those for all."""
    what = name.removeprefix("AWS.")
    own = plain(arguments[0]) if arguments else RecordValue()
    if what == "config.update" and isinstance(own, RecordValue):
        reader.settings.update(own.entries)
        return NOTHING
    tries = NOT_SET
    if isinstance(own, RecordValue):
        tries = _configured(reader, RecordValue({**reader.settings, **own.entries}), at, around)
    if what == "DynamoDB.DocumentClient" or name.endswith("DocumentClient"):
        return Client("dynamodb", tries, part="DocumentClient")
    if what.startswith(("config", "Config", "Credentials", "Endpoint", "HttpRequest", "Signers", "Service")):
        return UNKNOWN
    if what[:1].isupper() and "." not in what:
        return Client(service(what), tries)
    if what.islower() and what.isalnum() and what not in ("util",):  # aws-sdk/clients/sqs
        return Client(service(what), tries)
    return UNKNOWN


def _configured(reader: Reader, config: Value, at: SourceLine, around: Around) -> SdkTries:
    """`maxAttempts` counts all tries, `maxRetries` of the second generation those after the first.
    Sources: https://docs.aws.amazon.com/sdk-for-javascript/v3/developer-guide/migrate-client-constructors.html and
    https://docs.aws.amazon.com/AWSJavaScriptSDK/latest/AWS/Config.html, read 2026-11-29.
    """
    config = plain(config)
    if not isinstance(config, RecordValue):
        return NOT_SET
    total, retries = _whole(config, "maxAttempts"), _whole(config, "maxRetries")
    if retries is not None:
        total = retries + 1 if total is None else total
    if total is None:
        total = _strategy(reader, plain(config.entries.get("retryStrategy", NOTHING)), at, around)
    silence, warned = _silence(config)
    return NOT_SET if (total, silence, warned) == (None, None, None) else SdkTries(total, at, silence, warned)


def _whole(record: RecordValue, key: str) -> int | None:
    value = plain(record.entries.get(key, NOTHING))
    return value.value if isinstance(value, Lit) and type(value.value) is int else None


_STRATEGIES = ("ConfiguredRetryStrategy", "StandardRetryStrategy", "AdaptiveRetryStrategy")


def _strategy(reader: Reader, strategy: Value, at: SourceLine, around: Around) -> int | None:
    """Tries, a total, of a retry strategy: its first argument, or what that gives when it is called."""
    if not isinstance(strategy, External) or not strategy.path.endswith(_STRATEGIES) or not strategy.arguments:
        return None
    most = plain(strategy.arguments[0])
    if isinstance(most, FunctionValue):
        most = plain(reader.call(most, [], {}, LexicalScope(path=at.file), at.line, around))
    return most.value if isinstance(most, Lit) and type(most.value) is int else None


def _silence(config: RecordValue) -> tuple[float | None, float | None]:
    """Seconds without an answer after which the client gives up; seconds after which it may only warn.

    The second generation takes ``httpOptions.timeout``. The third gives up by ``socketTimeout``, and by
    ``requestTimeout`` together with ``throwOnRequestTimeout``; without that its versions since October 2025 warn, and
    earlier ones gave up. 0 is no limit, and the default of the third.
    Sources: https://docs.aws.amazon.com/AWSJavaScriptSDK/latest/AWS/Config.html,
    https://docs.aws.amazon.com/AWSJavaScriptSDK/v3/latest/Package/-smithy-node-http-handler/ and
    https://github.com/aws/aws-sdk-js-v3/pull/7421, read 2026-11-30.
    """
    options = plain(config.entries.get("httpOptions", NOTHING))
    second = _seconds(options, "timeout")
    if second is not None:
        return second, None
    handler = plain(config.entries.get("requestHandler", NOTHING))
    if isinstance(handler, External):
        handler = plain(handler.arguments[0]) if handler.arguments else NOTHING
    socket, request = _seconds(handler, "socketTimeout"), _seconds(handler, "requestTimeout")
    throws = isinstance(handler, RecordValue) and plain(handler.entries.get("throwOnRequestTimeout", NOTHING)) == Lit(
        True
    )
    if request is not None and throws:
        return min(request, socket or request), None
    return socket, request if socket is None or (request or 0) < socket else None


def _middleware(called: External, arguments: Sequence[Value]) -> Value | None:
    """What of middy runs when the handler failed, and may answer in its place; None for any other."""
    rescuers: list[Value] = []
    for each in map(plain, arguments):
        given = each.entries.get("onError", NOTHING) if isinstance(each, RecordValue) else each
        if called.path.endswith(".onError") or isinstance(each, RecordValue):
            rescuers += [one for one in [plain(given)] if isinstance(one, FunctionValue)]
        elif isinstance(each, External) and each.path.startswith("@middy/http-error-handler"):
            rescuers.append(each)
    if not rescuers:
        return None
    made = External(
        called.path, tuple(arguments), made=True, kept=list(called.home.kept if called.home else ()), home=called
    )
    made.kept.extend(External(RESCUE, (External("Exception"),), kept=[each], made=True) for each in rescuers)
    return made


def _seconds(options: Value, key: str) -> float | None:
    value = plain(options.entries.get(key, NOTHING)) if isinstance(options, RecordValue) else NOTHING
    known = isinstance(value, Lit) and isinstance(value.value, (int, float)) and value.value > 0
    return value.value / 1000 if known else None  # type: ignore[union-attr, operator]


def _ended(reader: Reader, path: str, arguments: Sequence[Value], at: SourceLine, around: Around) -> Value:
    """A callback's first argument is the failure; `reject` is one in any case."""
    failure = plain(arguments[0]) if arguments else NOTHING
    if path == "resolve":
        return UNKNOWN
    if path == "callback" and isinstance(failure, Lit) and not failure.value:
        reader.answered(arguments[1] if len(arguments) > 1 else NOTHING, at, around)
        return UNKNOWN
    if path == "callback" and isinstance(failure, Failure) and not around.handling:
        if failure.catch is not None:
            failure.catch.ends = words("raise")
        return UNKNOWN  # the failure of a call is handed on, if there is one
    reader.risk(at, replace(around, catches=()) if path == "callback" else around, explicit=True)
    reader.told_failure = True
    return UNKNOWN


def _number(value: Value) -> Value:
    inner = plain(value)
    if isinstance(inner, Lit) and isinstance(inner.value, str) and inner.value.lstrip("-").isdecimal():
        return Lit(int(inner.value))
    if isinstance(inner, Variable) and inner.default is not None:
        return replace(inner, default=_number(inner.default))
    return inner


def _of_objects(path: str, arguments: Sequence[Value]) -> Value | None:
    """``Object.assign``, ``Object.entries``, ``Object.defineProperty`` and the like."""
    name = path.removeprefix("Object.")
    value = plain(arguments[0]) if arguments else UNKNOWN
    if name == "assign":
        made = value if isinstance(value, RecordValue) else RecordValue(rest=(value,))
        for each in map(plain, arguments[1:]):
            if isinstance(each, RecordValue):
                made.entries.update(each.entries)
                made.rest = (*made.rest, *each.rest)
            else:
                made.rest = (*made.rest, each)
        return made
    if name == "defineProperty" and len(arguments) == 3:
        return _defined(value, plain(arguments[1]), plain(arguments[2]))
    if name in ("getOwnPropertyNames", "keys"):
        if isinstance(value, RecordValue) and value.entries and not value.rest:
            return ListValue([Lit(each) for each in value.entries])
        return UnknownValue("keys", (value,))
    if name == "values":
        return FromEvent((*value.path, "*")) if isinstance(value, FromEvent) else UnknownValue("", (value,))
    if name == "entries":
        return External("items", (value,), made=True)
    if name in ("create", "getPrototypeOf", "setPrototypeOf"):
        return RecordValue(rest=(value,)) if isinstance(value, External) else RecordValue()
    return None


def _defined(target: Value, name: Value, how: Value) -> Value:
    """A property as bundlers define it: with a value, or with a function that gives it."""
    if isinstance(target, RecordValue) and isinstance(how, RecordValue):
        getter, value = plain(how.entries.get("get", NOTHING)), how.entries.get("value")
        made: Value | None = Getter(getter) if isinstance(getter, FunctionValue) else value
        if made is not None and isinstance(name, Lit):
            target.entries[str(name.value)] = made
        elif isinstance(name, UnknownValue) and name.held:
            target.rest = (*target.rest, *name.held)
    return target


def _retried(
    reader: Reader, path: str, arguments: Sequence[Value], at: SourceLine, scope: LexicalScope, around: Around
) -> Value:
    """``pRetry(work, {retries: 5})``: tries in all are one more. Both libraries try 10 times again by default.
    Sources: https://github.com/sindresorhus/p-retry and https://github.com/vercel/async-retry, read 2026-11-29.
    """
    given = plain(arguments[1]) if len(arguments) > 1 else NOTHING
    total = 10 if path.startswith("exponential-backoff") else 11
    if isinstance(given, RecordValue):
        named = given.entries.get("retries", given.entries.get("numOfAttempts"))
        retries = plain(named) if named is not None else NOTHING
        if isinstance(retries, Lit) and isinstance(retries.value, int):
            total = retries.value + (0 if "numOfAttempts" in given.entries else 1)
        elif named is not None or given.rest or given.entries.get("forever") == Lit(True):
            total = 0  # a number that is not literal, or none
    elif not (isinstance(given, Lit) and given.value is None):
        total = 0
    function = plain(arguments[0]) if arguments else UNKNOWN
    if isinstance(function, FunctionValue):
        limited = total or 1
        again = replace(function, tries=function.tries * limited, tries_at=at, tries_open=None if total else at)
        return reader.call(again, [UNKNOWN, UNKNOWN], {}, scope, at.line, around)
    return UNKNOWN
