"""The command line. Commands import what they need when they run, so that help comes at once."""

from __future__ import annotations

import io
import logging
import os
import sys
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from retrieval.errors import ShopGuideError

if TYPE_CHECKING:
    from assistant.settings import Settings

_INTERRUPTED = 130  # 128 and the number of the signal, as shells have it

app = typer.Typer(
    help="A shopping assistant that a shop runs itself: every claim stands on a record.",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
profile_app = typer.Typer(help="What is known of a shopper.", rich_markup_mode=None)
llm_app = typer.Typer(help="The language model: weights and servers.", rich_markup_mode=None)
desk_app = typer.Typer(help="Who answers shoppers at the desk.", rich_markup_mode=None)
orders_app = typer.Typer(help="The shop's orders.", rich_markup_mode=None)
app.add_typer(profile_app, name="profile")
app.add_typer(desk_app, name="desk")
app.add_typer(orders_app, name="orders")
app.add_typer(llm_app, name="llm")

Catalog = Annotated[str | None, typer.Option("--catalog", help="The catalogue.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command()
def run(
    catalog: Catalog = None,
    llm: Annotated[str | None, typer.Option(help="'local', or an OpenAI-compatible URL.")] = None,
    model: Annotated[str | None, typer.Option(help="The model's id at that URL.")] = None,
    host: Annotated[str | None, typer.Option(help="Where to listen.")] = None,
    port: Annotated[int | None, typer.Option(help="Where to listen; 0 takes a free one.")] = None,
    no_ui: Annotated[bool, typer.Option("--no-ui", help="The HTTP API alone.")] = False,
) -> None:
    """Serve the model where it is local, the HTTP API and the web page."""
    settings = _prepared(logging.INFO, catalog=catalog, llm=llm, model=model, host=host, port=port)
    from assistant.commands.run import run as serve

    serve(settings, with_page=not no_ui)


@app.command()
def index(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="A feed or table of products, gzipped or not.")
    ],
    name: Annotated[str | None, typer.Option(help="By default made from the file's name.")] = None,
    format: Annotated[
        str, typer.Option(help="auto, csv, jsonl, google, shopify, jsonld or parquet.")
    ] = "auto",
    update: Annotated[
        bool, typer.Option("--update", help="Put them into a catalogue, whose others stay.")
    ] = False,
    currency: Annotated[
        str | None, typer.Option(help="Of prices that name none, such as EUR.")
    ] = None,
    mapping: Annotated[Path | None, typer.Option(help="Which column is which field.")] = None,
    advice: Annotated[Path | None, typer.Option(help="What shoppers' needs ask for.")] = None,
    words: Annotated[Path | None, typer.Option(help="What shoppers call things.")] = None,
    rules: Annotated[Path | None, typer.Option(help="What the shop puts forward.")] = None,
) -> None:
    """Import a catalogue and build its index, or change some of its products."""
    if update and (advice or words or rules):
        raise typer.BadParameter(
            "--advice, --words and --rules are of a whole index: leave --update out"
        )
    settings = _prepared(logging.WARNING, currency=currency)
    if update:
        from assistant.commands.changes import update as put_in
        from retrieval.catalogues import name_of

        settings = settings.model_copy(update={"catalog": name or name_of(file)})
        put_in(settings, file, format=format, mapping=mapping, currency=currency)
        return
    from assistant.commands.index import index as make

    make(
        settings,
        file,
        name=name,
        format=format,
        mapping=mapping,
        advice=advice,
        words=words,
        rules=rules,
    )


@app.command()
def remove(
    ids: Annotated[
        list[str] | None, typer.Argument(metavar="[ID]...", help="Of the products.")
    ] = None,
    catalog: Catalog = None,
    file: Annotated[Path | None, typer.Option(help="A file of ids, a line each.")] = None,
) -> None:
    """Take products out of a catalogue."""
    if not ids and file is None:
        raise typer.BadParameter("give an ID, or a file of them with --file")
    settings = _prepared(logging.WARNING, catalog=catalog)
    from assistant.commands.changes import remove as take_out

    take_out(settings, ids or [], file=file)


@app.command()
def search(
    query: Annotated[str | None, typer.Argument(metavar="[QUERY]")] = None,
    catalog: Catalog = None,
    where: Annotated[
        list[str] | None, typer.Option("--where", help='Such as "price<=120"; may be repeated.')
    ] = None,
    k: Annotated[
        int | None,
        typer.Option("-k", min=1, max=1000, help="How many at most: 10, for a run 100."),
    ] = None,
    as_json: AsJson = False,
    queries: Annotated[
        Path | None, typer.Option(help="Many queries: a line each, its id, a tab, the query.")
    ] = None,
    run: Annotated[
        Path | None, typer.Option(help="Where their TREC run is written (ids percent-encoded).")
    ] = None,
) -> None:
    """Search a catalogue, without a language model."""
    if (query is None) == (queries is None):
        raise typer.BadParameter("give a QUERY, or a file of them with --queries")
    if (queries is None) != (run is None):
        raise typer.BadParameter("--queries and --run go together")
    if queries and as_json:
        raise typer.BadParameter("a run is no JSON: leave --json out")
    settings = _prepared(logging.WARNING, catalog=catalog)
    from assistant.commands.search import search as find
    from assistant.commands.search import search_all

    if queries and run:
        search_all(settings, queries, run, where=where or [], k=k or 100)
    else:
        find(settings, query or "", where=where or [], k=k or 10, as_data=as_json)


@app.command()
def ask(
    text: Annotated[str, typer.Argument(metavar="TEXT")],
    shopper: Annotated[str, typer.Option(help="Who asks.")] = "local",
    thread: Annotated[str | None, typer.Option(help="A conversation to go on with.")] = None,
    catalog: Catalog = None,
    url: Annotated[
        str | None, typer.Option(help="A running server; by default one is looked for.")
    ] = None,
    forget: Annotated[
        bool, typer.Option("--forget", help="Ask as nobody: no profile is read, nothing is kept.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Ask one question. Unless --forget is given, who asks agrees to be remembered."""
    if forget and thread is not None:
        raise typer.BadParameter("--forget begins a talk that is not kept: leave --thread out")
    settings = _prepared(logging.WARNING)
    from assistant.commands.ask import ask as put

    put(
        settings,
        text,
        shopper=shopper,
        thread=thread,
        catalog=catalog,
        url=url,
        remember=not forget,
        as_data=as_json,
    )


@app.command()
def events(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="JSON Lines, a JSON array or CSV, or gzipped.")
    ],
    catalog: Catalog = None,
    consented: Annotated[
        bool,
        typer.Option(
            "--consented", help="These shoppers have agreed to be remembered: records it."
        ),
    ] = False,
) -> None:
    """Import what shoppers looked at, searched for and bought."""
    settings = _prepared(logging.WARNING, catalog=catalog)
    from assistant.commands.events import import_events

    import_events(settings, file, consented=consented)


@app.command()
def backup(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where to, such as shop.backup.gz.")],
    replace: Annotated[bool, typer.Option("--replace", help="Write over a file there.")] = False,
) -> None:
    """Write all that is kept of shoppers to a file, which still holds who is erased later."""
    settings = _prepared(logging.WARNING)
    from assistant.commands.backup import backup as write

    write(settings, file, replace=replace)


@app.command()
def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A backup.")],
    replace: Annotated[
        bool, typer.Option("--replace", help="In place of all that the database holds.")
    ] = False,
) -> None:
    """Fill the database from a backup; who was erased after it was made is back then."""
    settings = _prepared(logging.WARNING)
    from assistant.commands.backup import restore as fill

    fill(settings, file, replace=replace)


@app.command("eval")
def evaluate(
    suites: Annotated[
        list[Path], typer.Argument(metavar="SUITE...", help="JSON Lines, or folders of them.")
    ],
    llm: Annotated[str | None, typer.Option(help="'local', or an OpenAI-compatible URL.")] = None,
    model: Annotated[str | None, typer.Option(help="The model's id at that URL.")] = None,
    system: Annotated[
        str, typer.Option(help="shopguide, agent, retrieve: one or several, with commas between.")
    ] = "shopguide",
    url: Annotated[
        str | None, typer.Option(help="A running server that is asked as shopguide.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Keeps results and report; a broken-off run goes on there.")
    ] = None,
    baseline: Annotated[
        Path | None, typer.Option(help="The --out of a run that the report compares with.")
    ] = None,
    repeat: Annotated[int, typer.Option(min=1, help="Times each is held, for pass^k.")] = 1,
    temperature: Annotated[
        float | None, typer.Option(min=0, max=2, help="0; with --repeat 0.7.")
    ] = None,
    sample: Annotated[int | None, typer.Option(min=1, help="How many conversations.")] = None,
    seed: Annotated[int, typer.Option(help="Of the sample and of the intervals.")] = 20260301,
    timeout: Annotated[
        float | None, typer.Option(min=0.001, help="Seconds that an answer may take.")
    ] = None,
    concurrency: Annotated[int, typer.Option(min=1, help="Conversations at once.")] = 1,
    processes: Annotated[int, typer.Option(min=1, help="Processes that share them.")] = 1,
    retry_failed: Annotated[
        bool, typer.Option("--retry-failed", help="Hold those without an answer again.")
    ] = False,
    prices: Annotated[
        str | None,
        typer.Option(help="A million tokens: prompt, prompt from the cache, answer: 0.4,0.1,1.2"),
    ] = None,
    shopper_llm: Annotated[
        str | None, typer.Option(help="A URL whose model plays the simulated shoppers.")
    ] = None,
) -> None:
    """Hold the conversations of suites and grade the answers."""
    settings = _prepared(logging.WARNING, llm=llm, model=model)
    from assistant.commands.eval import RunOptions, read_prices
    from assistant.commands.eval import evaluate as hold

    options = RunOptions(
        systems=[name.strip() for name in system.split(",")],
        url=url,
        out=out,
        baseline=baseline,
        sample=sample,
        repeat=repeat,
        seed=seed,
        temperature=temperature,
        timeout=timeout,
        concurrency=concurrency,
        processes=processes,
        retry_failed=retry_failed,
        prices=read_prices(prices),
        shopper_llm=shopper_llm,
    )
    hold(settings, suites, options)


@app.command()
def compare(
    before: Annotated[
        Path, typer.Argument(metavar="RUN_A", help="The --out of a run, or a recorded suite.")
    ],
    after: Annotated[Path, typer.Argument(metavar="RUN_B", help="The --out of another run.")],
    system: Annotated[
        str, typer.Option(help="Whose answers; or one of each run, with a comma between.")
    ] = "",
    html: Annotated[Path | None, typer.Option(help="Where it is written as a page too.")] = None,
    as_json: AsJson = False,
    fail_on_worse: Annotated[
        bool, typer.Option("--fail-on-worse", help="Status 1 where something is worse.")
    ] = False,
    listed: Annotated[
        int, typer.Option(min=0, help="Conversations of a kind that are kept with their answers.")
    ] = 50,
    seed: Annotated[int, typer.Option(min=0, help="Of what is drawn.")] = 20260301,
) -> None:
    """Hold two runs against each other, and say what is beyond noise."""
    from assistant.commands.compare import compare as hold_together

    hold_together(
        before,
        after,
        systems=[name.strip() for name in system.split(",")] if system else [],
        listed=listed,
        seed=seed,
        html=html,
        as_data=as_json,
        fail_on_worse=fail_on_worse,
    )


@app.command()
def convert(
    source: Annotated[Path, typer.Argument(metavar="INPUT", help="A file; of results, a folder.")],
    from_kind: Annotated[
        str, typer.Option("--from", help="suite, promptfoo, openai-evals, tau2, trec or results.")
    ],
    to_kind: Annotated[
        str,
        typer.Option(
            "--to", help="suite, promptfoo, openai-evals, qrels, trec, results or tau2-rewards."
        ),
    ],
    out: Annotated[Path, typer.Option(help="The file to write; of results, a folder.")],
    suite: Annotated[
        list[Path] | None, typer.Option(help="The suite that a run is of; may be repeated.")
    ] = None,
    tasks: Annotated[Path | None, typer.Option(help="tau2-bench's tasks.json.")] = None,
    database: Annotated[
        Path | None, typer.Option(help="tau2-bench's shop; by default db.json beside the tasks.")
    ] = None,
    system: Annotated[str | None, typer.Option(help="Whose results, where there are more.")] = None,
    message_var: Annotated[
        str | None, typer.Option(help="Which of promptfoo's variables is the message.")
    ] = None,
) -> None:
    """Convert suites and runs from and to the formats of other tools."""
    settings = _prepared(logging.WARNING)
    from assistant.commands.convert import convert as carry_over
    from assistant.commands.convert_run import Conversion

    conversion = Conversion(
        source,
        out,
        suites=suite or (),
        tasks=tasks,
        database=database,
        system=system,
        message_var=message_var,
    )
    carry_over(settings, from_kind, to_kind, conversion)


@app.command()
def record(
    out: Annotated[Path, typer.Option(help="The suite that is written, JSON Lines.")],
    since: Annotated[
        float | None, typer.Option(min=0, help="Only what went on in the last so many days.")
    ] = None,
    thread: Annotated[str | None, typer.Option(help="Only this conversation.")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="How many at most: the last.")] = None,
    catalog: Catalog = None,
    expect: Annotated[
        bool, typer.Option("--expect", help="Expect intent, need and pick as they were.")
    ] = False,
    strangers: Annotated[
        bool, typer.Option("--strangers", help="Leave out what was known of the shoppers.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Write over a file there.")] = False,
    feedback: Annotated[
        Literal["up", "down", "any"] | None,
        typer.Option(help="Only those with an answer to which the shopper gave this thumb."),
    ] = None,
    notice: Annotated[
        list[str] | None,
        typer.Option(help="A version of your own notice that allows tests; may be repeated."),
    ] = None,
) -> None:
    """Write kept conversations as a suite, with identities removed."""
    settings = _prepared(logging.WARNING)
    from assistant.commands.record import RecordOptions
    from assistant.commands.record import record as write

    options = RecordOptions(
        since_days=since,
        thread=thread,
        catalog=catalog,
        limit=limit,
        expects=expect,
        strangers=strangers,
        replace=force,
        feedback=feedback,
        notices=notice or (),
    )
    write(settings, out, options)


@app.command()
def learn(catalog: Catalog = None) -> None:
    """Learn ranking weights and next products from the events of all shoppers."""
    settings = _prepared(logging.WARNING, catalog=catalog)
    from assistant.commands.learn import learn as learn_from

    learn_from(settings)


@profile_app.command("show")
def profile_show(
    shopper: Annotated[str, typer.Argument(metavar="SHOPPER")], as_json: AsJson = False
) -> None:
    """Show each fact with the shopper's own words."""
    settings = _prepared(logging.WARNING)
    from assistant.commands.profile import show_profile

    show_profile(settings, shopper, as_data=as_json)


@profile_app.command("export")
def profile_export(
    shopper: Annotated[str, typer.Argument(metavar="SHOPPER")], as_json: AsJson = False
) -> None:
    """Print all that is kept of a shopper, as JSON."""
    settings = _prepared(logging.WARNING)
    from assistant.commands.profile import export_profile

    export_profile(settings, shopper)


@profile_app.command("erase")
def profile_erase(
    shopper: Annotated[str, typer.Argument(metavar="SHOPPER")], as_json: AsJson = False
) -> None:
    """Erase all that is kept of a shopper: facts, conversations, behaviour."""
    settings = _prepared(logging.WARNING)
    from assistant.commands.profile import erase_profile

    erase_profile(settings, shopper, as_data=as_json)


@desk_app.command("add-staff")
def desk_add_staff(
    name: Annotated[str, typer.Argument(metavar="NAME")],
    generate: Annotated[
        bool, typer.Option("--generate", help="Make a password and print it.")
    ] = False,
) -> None:
    """Make an account, or give one another password: asked for, or read from standard input."""
    settings = _prepared(logging.WARNING)
    from assistant.commands.desk import add_staff

    add_staff(settings, name, generate=generate)


@desk_app.command("remove-staff")
def desk_remove_staff(name: Annotated[str, typer.Argument(metavar="NAME")]) -> None:
    """Remove an account."""
    settings = _prepared(logging.WARNING)
    from assistant.commands.desk import remove_staff

    remove_staff(settings, name)


@desk_app.command("list-staff")
def desk_list_staff() -> None:
    """Print whose accounts there are."""
    settings = _prepared(logging.WARNING)
    from assistant.commands.desk import list_staff

    list_staff(settings)


@orders_app.callback()
def orders_group() -> None:
    """The shop's orders."""


@orders_app.command("import")
def orders_import(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="JSON: accounts, items and orders.")],
) -> None:
    """Import accounts, items for sale and orders into the shop's database."""
    settings = _prepared(logging.WARNING)
    from assistant.commands.orders import import_orders

    import_orders(settings, file)


@llm_app.command("fetch")
def llm_fetch() -> None:
    """Fetch the default language model and the embedding model."""
    settings = _prepared(logging.WARNING)
    from assistant.commands.llm import fetch

    fetch(settings)


@llm_app.command("serve")
def llm_serve(
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes a free one.")] = 8080,
) -> None:
    """Serve the default language model on this machine."""
    settings = _prepared(logging.WARNING)
    from assistant.commands.llm import serve

    serve(settings, port=port)


@llm_app.command("command")
def llm_command(
    preset: Annotated[str, typer.Option(help="The kind of machine.")] = "gpu-24gb",
) -> None:
    """Print the command that serves a model on a kind of machine."""
    from assistant.commands.llm import print_command

    print_command(preset)


def main(arguments: list[str] | None = None) -> int:
    """Runs a command.

    Args:
        arguments: by default the program's own.

    Returns:
        0 on success, 2 on bad usage or bad input, 1 on failure.
    """
    _speak_utf8()
    if not os.environ.get("SHOPGUIDE_DEBUG"):
        sys.excepthook = _one_sentence
    arguments = sys.argv[1:] if arguments is None else arguments
    command = typer.main.get_command(app)
    try:
        status = command.main(arguments or ["--help"], "shopguide", standalone_mode=False)
    except ShopGuideError as error:
        return _fail(error.sentence, error.exit_status)
    except typer.TyperException as error:
        return _fail(error.format_message(), error.exit_code)
    except typer.Abort:
        return _INTERRUPTED
    except BrokenPipeError:
        # Whoever reads has had enough. Python would complain once more when it closes the pipe.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as error:
        name = f": {error.filename}" if error.filename else ""
        return _fail(f"{error.strerror or error}{name}", 1)
    return status or 0


def _prepared(level: int, **options: Any) -> Settings:
    """The settings, with the logs set up."""
    from assistant.commands.environment import load_settings
    from assistant.logs import configure_logs

    configure_logs(level)
    return load_settings(**options)


def _fail(sentence: str, status: int) -> int:
    sys.stderr.write(" ".join(sentence.split()) + "\n")
    return status


def _speak_utf8() -> None:
    """Chinese must come out whatever the locale is."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")


def _one_sentence(
    kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    first = (str(error).splitlines() or ["no message"])[0]
    sys.stderr.write(
        f"Something unexpected went wrong ({kind.__name__}: {first[:200]}). "
        "With SHOPGUIDE_DEBUG=1 it says where.\n"
    )


if __name__ == "__main__":
    sys.exit(main())
