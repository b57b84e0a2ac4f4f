//! The certificates that the host trusts, served by p11-kit(8) where the session helper has it.

use super::{HostFiles, bind, file};
use crate::compose::{Part, RuntimeLink};
use aril_sandbox::spec::EnvChange;

const SOCKET: &str = "/run/flatpak/p11-kit/pkcs11";
const MODULE: &str = "/etc/pkcs11/modules/p11-kit-trust.module";

/// The runtime's module of trust is one that asks the host's (pkcs11.conf(5)).
pub(super) fn part(host: &HostFiles<'_>) -> Part {
    let mut part = Part::default();
    let Some(socket) = host.helper.certificates.as_ref().filter(|it| it.exists()) else {
        return part;
    };
    let module = b"# what the host trusts, asked of its server\nmodule: p11-kit-client.so\n";
    part.tree.push(bind(socket, SOCKET));
    part.tree.push(file(MODULE, module.to_vec()));
    let variable = EnvChange::Unset("P11_KIT_SERVER_ADDRESS".into());
    part.environment.push(variable);
    part.runtime_links
        .push(RuntimeLink::to_run_flatpak("p11-kit"));
    part
}
