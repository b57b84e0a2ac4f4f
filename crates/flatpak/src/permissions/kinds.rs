//! The closed word lists: shares, sockets, devices, features.
//!
//! Source: flatpak-metadata(5), `[Context]`, and contract, 1.11.

/// A kind of permission that a word switches on.
pub trait Word: Copy + Ord + Sized + 'static {
    /// What such a word is called in messages.
    const KIND: &'static str;
    /// The key in `[Context]`.
    const KEY: &'static str;
    /// The options that allow, deny, and allow under a condition.
    const OPTIONS: [&'static str; 3];
    /// Every known word.
    const ALL: &'static [Self];

    /// The word in files and on command lines.
    fn word(self) -> &'static str;

    /// The value of a word, when it is known.
    fn from_word(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|known| known.word() == word)
    }
}

macro_rules! words {
    (
        $(#[$doc:meta])* $name:ident, $kind:literal, $key:literal, $options:expr;
        $($(#[$row_doc:meta])* $row:ident = $word:literal,)*
    ) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            $($(#[$row_doc])* $row,)*
        }

        impl Word for $name {
            const KIND: &'static str = $kind;
            const KEY: &'static str = $key;
            const OPTIONS: [&'static str; 3] = $options;
            const ALL: &'static [Self] = &[$(Self::$row),*];

            fn word(self) -> &'static str {
                match self {
                    $(Self::$row => $word,)*
                }
            }
        }
    };
}

words! {
    /// A namespace that is shared with the host.
    Share, "share", "shared", ["share", "unshare", "share-if"];
    /// The network, with the host's addresses and abstract sockets.
    Network = "network",
    /// System V and POSIX message queues, shared memory and semaphores.
    Ipc = "ipc",
}

words! {
    /// A well-known socket of the host.
    Socket, "socket", "sockets", ["socket", "nosocket", "socket-if"];
    /// The X11 display.
    X11 = "x11",
    /// The Wayland display.
    Wayland = "wayland",
    /// PulseAudio, and with it the sound devices.
    PulseAudio = "pulseaudio",
    /// The session bus, unfiltered.
    SessionBus = "session-bus",
    /// The system bus, unfiltered.
    SystemBus = "system-bus",
    /// The X11 display when there is no Wayland.
    FallbackX11 = "fallback-x11",
    /// The SSH agent.
    SshAuth = "ssh-auth",
    /// The smart-card daemon.
    Pcsc = "pcsc",
    /// The printing service.
    Cups = "cups",
    /// The GnuPG agent.
    GpgAgent = "gpg-agent",
    /// The descriptor in `WAYLAND_SOCKET`.
    InheritWaylandSocket = "inherit-wayland-socket",
}

words! {
    /// A group of device nodes.
    Device, "device", "devices", ["device", "nodevice", "device-if"];
    /// Graphics acceleration.
    Dri = "dri",
    /// The whole of `/dev`.
    All = "all",
    /// Virtualization.
    Kvm = "kvm",
    /// The host's `/dev/shm`.
    Shm = "shm",
    /// Input devices.
    Input = "input",
    /// USB devices as raw nodes.
    Usb = "usb",
}

words! {
    /// A feature that loosens or changes the sandbox.
    Feature, "feature", "features", ["allow", "disallow", "allow-if"];
    /// System calls that debuggers and profilers need.
    Devel = "devel",
    /// Programs of the other ABIs of this processor.
    Multiarch = "multiarch",
    /// Bluetooth sockets.
    Bluetooth = "bluetooth",
    /// CAN bus sockets.
    Canbus = "canbus",
    /// One `/dev/shm` for all instances of the application.
    PerAppDevShm = "per-app-dev-shm",
}
