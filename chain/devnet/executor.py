"""One transaction, or one call, on a world of accounts: py-evm's executor of the Paris fork around our machine and world.

This is the door to py-evm: importing it costs a second, so it is imported when the first transaction or call runs, and
headers, logs, receipts and proofs are read without it. It knows nothing of blocks to come, of files or of JSON.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from eth.exceptions import OutOfGas, Revert  # noqa: TID253 - see above
from eth.vm.execution_context import ExecutionContext  # noqa: TID253
from eth.vm.forks.paris import ParisVM  # noqa: TID253
from eth.vm.forks.paris.state import ParisState  # noqa: TID253

from chain.devnet.blocks import COINBASE, Context, Log
from chain.devnet.machine import Machine
from chain.devnet.transactions import Transaction, refused
from chain.devnet.world import World


@dataclass(frozen=True, slots=True)
class Outcome:
    """How it ended. `output` is what was returned, or what it reverted with; `error` is "" for success, else a node's words.

    `refund` is the gas that was given back at the end; a search for the gas limit needs it.
    """

    gas_used: int
    output: bytes
    error: str
    logs: tuple[Log, ...] = ()
    contract: bytes = b""
    refund: int = 0


class _State(ParisState):
    computation_class = Machine  # type: ignore[assignment]  # declared as the one class it inherits

    def __init__(self, world: World, context: Context) -> None:
        self._db: Any = None
        self._account_db: Any = world
        self.execution_context = ExecutionContext(
            coinbase=COINBASE,  # type: ignore[arg-type]  # py-evm's NewTypes
            timestamp=context.timestamp,
            block_number=context.number,  # type: ignore[arg-type]
            difficulty=0,
            mix_hash=bytes(32),  # type: ignore[arg-type]
            gas_limit=context.gas_limit,
            prev_hashes=context.ancestors,  # type: ignore[arg-type]
            chain_id=context.chain_id,
            base_fee_per_gas=0,
        )


def execute(world: World, context: Context, transaction: Transaction) -> Outcome:
    """Run a transaction whose sender's turn it is. Its effects stay in `world` until the next commit or `roll_back`.

    Raises:
        LedgerError: what a node answers to a transaction that cannot stand in a block now, and for calls nested deeper than
            the machine allows; nothing has then been changed.
    """
    balance = world.get_balance(transaction.sender)
    cost = transaction.value + transaction.gas * transaction.max_fee_per_gas
    if balance < cost:
        raise refused(
            f"insufficient funds for gas * price + value: address 0x{transaction.sender.hex()} have {balance} want {cost}"
        )
    world.lock_changes()
    try:
        computation: Any = _State(world, context).apply_transaction(transaction)  # type: ignore[arg-type]  # has what it reads
    except BaseException:
        world.discard(0)
        raise
    error = _words(computation.error) if computation.is_error else ""
    gas_used: int = ParisVM.finalize_gas_used(transaction, computation)  # type: ignore[arg-type]
    return Outcome(
        gas_used=gas_used,
        output=computation.output,
        error=error,
        logs=() if error else tuple(_log(*entry) for entry in computation.get_log_entries()),
        contract=b"" if transaction.to or error else computation.msg.storage_address,
        refund=transaction.gas - computation.get_gas_remaining() - gas_used,
    )


def _log(address: bytes, topics: tuple[int, ...], data: bytes) -> Log:
    return Log(address, tuple(topic.to_bytes(32, "big") for topic in topics), data)


def _words(error: Exception) -> str:
    if isinstance(error, Revert):
        return "execution reverted"
    if isinstance(error, OutOfGas):
        return "out of gas"
    return str(error)[:1].lower() + str(error)[1:]
