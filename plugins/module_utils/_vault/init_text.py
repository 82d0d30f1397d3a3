# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The sentences of vault_init: reasons of its steps, and its refusals with the way out."""

from __future__ import annotations

TEXT = {
    # Reasons.
    "initialise": "no server of this Vault has been initialised",
    "initialise_again": "an earlier run was ended before the server was asked: it's as empty as then",
    "archive": "the storage is empty, the store holds the shares of an earlier Vault: they are kept under «previous»",
    "unseal_new": "a new Vault is sealed; {threshold} share(s) open it",
    "unseal": "it is sealed; {threshold} of {shares} share(s) open it",
    "await": "its seal «{seal}» opens it without us",
    "join": "it's empty and belongs to the cluster of {leader}",
    "rekey": "its root key is split {found}, wanted is {wanted}",
    "revoke_root": "the root token isn't needed any more",
    "generate_root": "a root token is asked for and the store holds none",
    "reset": "the answer of the initialisation was lost and the storage of {nodes} is proven empty",
    # Refusals.
    "seal": "{node}: its seal is «{found}», wanted is «{wanted}»; correct the server's configuration or the option seal",
    "foreign": "{node}: it belongs to another cluster (id {found}, ours is {wanted}); take it out of the list, or stop it, wipe its "
               "storage and run again so that it joins",
    "unknown": "{node}: somebody else initialised it: the store holds nothing of it, and who did it has its root token. If it's your own Vault, set foreign "
               "(vault_foreign) for one run, which notes its cluster in the store; else wipe it and run again",
    "proof_other": "{node} is initialised, and our run had asked {asked}",
    "proof_many": "{count} servers are initialised, and our run had asked one",
    "no_raft": "{node}: it is empty and {other} is initialised, but its storage is «{storage}», which nothing joins; only raft has members",
    "read_only": "{node}: it isn't initialised, and the bootstrap store is read-only: the answer of the initialisation would be lost; give "
                 "the store a path that outlives this run",
    "emptied": "{node}: its storage is empty, but the store holds unseal shares of this Vault: the wrong disk may be mounted, or it was wiped; "
               "bring the storage or a snapshot back, or, if the data is given up, set reinitialise_empty (the old shares are kept)",
    "lost": "{node}: initialised, but the answer was lost: the unseal shares exist nowhere. A run of ours began at {time} and was ended before "
            "it could store them; nobody can ever open this Vault, so it holds nothing. Set reinitialise_empty to wipe and initialise it anew",
    "lost_given": "{node}: our initialisation of {time} was never finished, yet shares are given by hand: somebody else initialised it. "
                  "Remove the entry «mark» from the store if that is right",
    "not_empty": "{node}: reinitialise_empty is refused, it isn't proven that the storage is empty: {reasons}",
    "no_reset": "reinitialise_empty: the storage is proven empty, but there is no reset_command to wipe it with. Do it by hand: stop the "
                "server, remove the content of its raft folder (storage.raft.path), start it, run again; servers: {nodes}",
    "proof_open": "{node} is unsealed, so somebody holds its shares",
    "proof_shares": "{node} is split {found}, our run would have split it {wanted}",
    "encrypted": "{node}: it is sealed and its shares are encrypted for people: {threshold} of them have to decrypt theirs and give it "
                 "(unseal_keys has {given}), or unseal by «bao operator unseal»",
    "too_few": "{node}: {threshold} of {shares} shares are needed to unseal it, {have} are there; give more in unseal_keys",
    "stranger": "{node}: it was initialised by somebody else, is sealed, and the store holds no shares of it; give {threshold} of its {shares} "
                "shares in unseal_keys",
    "no_root_shares": "a root token needs {threshold} shares, {have} are there; give more in unseal_keys",
    "no_token": "rekey needs a token that may do it: the store holds no root token; give token, or run with root_token=present first",
    "hand_out": "the shares are encrypted for their holders: hand them out; {threshold} of {shares} have to unseal this Vault before it can be used",
    "other_shares": "the root key is split {found}, wanted is {wanted}; set rekey to change it",
}
