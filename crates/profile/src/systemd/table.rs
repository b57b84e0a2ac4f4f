//! Every key and what becomes of it.

use super::draft::Draft;
use super::from::Unit;
use super::unit::Assignment;
use super::{network, paths, system_calls, values};

/// Adds what an assignment asks for.
pub(super) type Translate = fn(&mut Draft, &Assignment, &Unit<'_>);

/// What becomes of a key.
#[derive(Clone, Copy, Debug)]
pub(super) enum Fate {
    /// Every assignment adds to it; an empty one takes back those before.
    Each(Translate),
    /// The last assignment holds.
    Last(Translate),
    /// Several keys together say it: [`network::line`].
    Whole,
    /// It is so in every sandbox.
    Always(&'static str),
    /// An empty list is what every sandbox has; another one cannot be said.
    OnlyNone {
        always: &'static str,
        otherwise: &'static str,
    },
    /// A profile cannot say it.
    Never(&'static str),
    /// It is not about what the program can do.
    Unrelated,
}

/// A key of a unit that is known here.
#[derive(Clone, Copy, Debug)]
pub struct UnitKey {
    /// The key.
    pub name: &'static str,
    pub(super) fate: Fate,
}

/// The row of a key.
pub(super) fn find(name: &str) -> Option<&'static UnitKey> {
    KEYS.iter().find(|key| key.name == name)
}

const fn each(name: &'static str, translate: Translate) -> UnitKey {
    let fate = Fate::Each(translate);
    UnitKey { name, fate }
}

const fn last(name: &'static str, translate: Translate) -> UnitKey {
    let fate = Fate::Last(translate);
    UnitKey { name, fate }
}

const fn always(name: &'static str, reason: &'static str) -> UnitKey {
    let fate = Fate::Always(reason);
    UnitKey { name, fate }
}

const fn never(name: &'static str, reason: &'static str) -> UnitKey {
    let fate = Fate::Never(reason);
    UnitKey { name, fate }
}

const fn none_only(name: &'static str, always: &'static str, otherwise: &'static str) -> UnitKey {
    let fate = Fate::OnlyNone { always, otherwise };
    UnitKey { name, fate }
}

const fn unrelated(name: &'static str) -> UnitKey {
    let fate = Fate::Unrelated;
    UnitKey { name, fate }
}

const CAPABILITIES: &str = "the program has no capability outside its sandbox";
const IMAGE: &str = "the root is made of the host's own files";
const MANAGER: &str = "outside, the program remains the caller's";
const EXECUTE: &str = "where something can be read it can be executed";
const ADDRESSES: &str = "a profile has the host's network or none; net = \"none\" takes all of it";
const SHARE: &str = "a profile has amounts, and no shares";
const PER_USER: &str = "it counts all processes of the user; pids counts those of the sandbox";
const RLIMIT: &str = "a profile limits memory, pids, cpu, files, file-size and core-size";
const LABEL: &str = "it belongs to the administrator";
const SCHEDULER: &str = "the program is scheduled as its caller";

/// The keys, in the order of the manual pages.
pub const KEYS: &[UnitKey] = &[
    // systemd.exec(5), "Paths"
    each("ExecSearchPath", |draft, by, _| {
        draft.without(
            by,
            "PATH has those of the caller's directories that are visible",
        );
    }),
    last("WorkingDirectory", paths::working_directory),
    never("RootDirectory", IMAGE),
    never("RootImage", IMAGE),
    never("RootImageOptions", IMAGE),
    never("RootEphemeral", IMAGE),
    never("RootHash", IMAGE),
    never("RootVerity", IMAGE),
    never("MountImages", IMAGE),
    never("ExtensionImages", IMAGE),
    never("ExtensionDirectories", IMAGE),
    always("MountAPIVFS", "/proc, /dev and /tmp are the sandbox's own"),
    last("ProtectProc", protect_proc),
    never("ProcSubset", "of /proc only what is dangerous is covered"),
    each("BindPaths", paths::bound_read_write),
    each("BindReadOnlyPaths", paths::bound_read_only),
    never("BindLogSockets", "the log's sockets are not visible"),
    // "User/Group identity"
    never("User", MANAGER),
    never("Group", MANAGER),
    never("DynamicUser", MANAGER),
    never("SupplementaryGroups", MANAGER),
    never("PAMName", MANAGER),
    // "Capabilities"
    none_only("CapabilityBoundingSet", CAPABILITIES, CAPABILITIES),
    none_only("AmbientCapabilities", CAPABILITIES, CAPABILITIES),
    never("SecureBits", CAPABILITIES),
    // "Security"
    always("NoNewPrivileges", "no_new_privs is set"),
    // "Mandatory access control"
    never("SELinuxContext", LABEL),
    never("AppArmorProfile", LABEL),
    never("SmackProcessLabel", LABEL),
    // "Process properties"
    last("LimitNOFILE", values::open_files),
    last("LimitFSIZE", values::file_size),
    last("LimitCORE", values::core_size),
    never("LimitNPROC", PER_USER),
    never("LimitCPU", RLIMIT),
    never("LimitDATA", RLIMIT),
    never("LimitSTACK", RLIMIT),
    never("LimitRSS", RLIMIT),
    never("LimitAS", RLIMIT),
    never("LimitMEMLOCK", RLIMIT),
    never("LimitLOCKS", RLIMIT),
    never("LimitSIGPENDING", RLIMIT),
    never("LimitMSGQUEUE", RLIMIT),
    never("LimitNICE", RLIMIT),
    never("LimitRTPRIO", RLIMIT),
    never("LimitRTTIME", RLIMIT),
    never("UMask", "the mask is the caller's"),
    never("CoredumpFilter", "core dumps are the host's matter"),
    last("KeyringMode", keyring),
    never("OOMScoreAdjust", SCHEDULER),
    unrelated("TimerSlackNSec"),
    unrelated("IgnoreSIGPIPE"),
    never("Personality", "another execution domain cannot be entered"),
    // "Scheduling"
    never("Nice", SCHEDULER),
    never("CPUSchedulingPolicy", SCHEDULER),
    never("CPUSchedulingPriority", SCHEDULER),
    never("CPUSchedulingResetOnFork", SCHEDULER),
    never("CPUAffinity", SCHEDULER),
    never("NUMAPolicy", SCHEDULER),
    never("IOSchedulingClass", SCHEDULER),
    never("IOSchedulingPriority", SCHEDULER),
    // "Sandboxing"
    always("ProtectSystem", "only what a profile names can be written"),
    last("ProtectHome", paths::protect_home),
    each("RuntimeDirectory", paths::runtime),
    each("StateDirectory", paths::state),
    each("CacheDirectory", paths::cache),
    each("LogsDirectory", paths::logs),
    each("ConfigurationDirectory", paths::configuration),
    unrelated("RuntimeDirectoryMode"),
    unrelated("StateDirectoryMode"),
    unrelated("CacheDirectoryMode"),
    unrelated("LogsDirectoryMode"),
    unrelated("ConfigurationDirectoryMode"),
    unrelated("RuntimeDirectoryPreserve"),
    unrelated("TimeoutCleanSec"),
    each("ReadWritePaths", paths::read_write),
    each("ReadOnlyPaths", paths::read_only),
    each("InaccessiblePaths", paths::hidden),
    never("ExecPaths", EXECUTE),
    never("NoExecPaths", EXECUTE),
    each("TemporaryFileSystem", paths::temporary),
    always("PrivateTmp", "/tmp and /var/tmp are the sandbox's own"),
    always(
        "PrivateDevices",
        "/dev has null, zero, full, random, urandom, tty and terminals",
    ),
    UnitKey {
        name: "PrivateNetwork",
        fate: Fate::Whole,
    },
    never(
        "NetworkNamespacePath",
        "a profile has the host's network or none",
    ),
    always(
        "PrivateIPC",
        "System V IPC and POSIX queues are the sandbox's own",
    ),
    never(
        "IPCNamespacePath",
        "System V IPC and POSIX queues are the sandbox's own",
    ),
    always("PrivatePIDs", "processes outside are not seen"),
    never("MemoryKSM", SCHEDULER),
    always("PrivateUsers", "the user namespace is the sandbox's own"),
    always("ProtectHostname", "the host name is the sandbox's own"),
    always("ProtectClock", "the clock cannot be set"),
    always(
        "ProtectKernelTunables",
        "/sys is not there, and /proc/sys is not writable",
    ),
    always("ProtectKernelModules", "kernel modules cannot be loaded"),
    always("ProtectKernelLogs", "the kernel's log cannot be read"),
    always("ProtectControlGroups", "/sys/fs/cgroup is not there"),
    each("RestrictAddressFamilies", network::families),
    never(
        "RestrictFileSystems",
        "files are given by path, whatever filesystem they are on",
    ),
    last("RestrictNamespaces", namespaces),
    always(
        "LockPersonality",
        "another execution domain cannot be entered",
    ),
    never(
        "MemoryDenyWriteExecute",
        "no rule refuses memory that is writable and executable",
    ),
    never(
        "RestrictRealtime",
        "no rule refuses real-time scheduling; RLIMIT_RTPRIO is the caller's",
    ),
    always("RestrictSUIDSGID", "no file gets such bits"),
    always("RemoveIPC", "System V IPC ends with the sandbox"),
    always("PrivateMounts", "mounts are the sandbox's own"),
    never("MountFlags", "mounts are the sandbox's own"),
    // "System call filtering"
    each("SystemCallFilter", system_calls::filter),
    never(
        "SystemCallErrorNumber",
        "each rule has its own errno: EPERM or ENOSYS",
    ),
    last("SystemCallArchitectures", values::architectures),
    never("SystemCallLog", "`--report` counts what was refused"),
    // "Environment"
    each("Environment", values::variables),
    never("EnvironmentFile", "its lines can be written as env"),
    each("PassEnvironment", values::passed_variables),
    never(
        "UnsetEnvironment",
        "only variables that are listed or asked for pass",
    ),
    // "Logging and standard input/output", and credentials
    unrelated("StandardInput"),
    unrelated("StandardOutput"),
    unrelated("StandardError"),
    unrelated("StandardInputText"),
    unrelated("StandardInputData"),
    unrelated("LogLevelMax"),
    unrelated("LogExtraFields"),
    unrelated("LogNamespace"),
    unrelated("LogRateLimitIntervalSec"),
    unrelated("LogRateLimitBurst"),
    unrelated("SyslogIdentifier"),
    unrelated("SyslogFacility"),
    unrelated("SyslogLevel"),
    unrelated("SyslogLevelPrefix"),
    unrelated("TTYPath"),
    unrelated("TTYReset"),
    unrelated("TTYVHangup"),
    unrelated("TTYVTDisallocate"),
    unrelated("UtmpIdentifier"),
    unrelated("UtmpMode"),
    never("LoadCredential", "a file is given by ro"),
    never("LoadCredentialEncrypted", "a file is given by ro"),
    never("ImportCredential", "a file is given by ro"),
    never("SetCredential", "a text is given by env"),
    never("SetCredentialEncrypted", "a text is given by env"),
    // systemd.resource-control(5)
    last("CPUQuota", values::processor),
    never("CPUQuotaPeriodSec", SHARE),
    never("CPUWeight", SHARE),
    never("StartupCPUWeight", SHARE),
    never("AllowedCPUs", SHARE),
    never("AllowedMemoryNodes", SHARE),
    last("MemoryMax", values::memory),
    last("MemoryLimit", values::memory),
    never("MemoryHigh", "memory has one limit: memory, which is hard"),
    never("MemoryMin", SHARE),
    never("MemoryLow", SHARE),
    never("MemorySwapMax", "swap is not limited by itself"),
    never("MemoryZSwapMax", "swap is not limited by itself"),
    last("TasksMax", values::tasks),
    never("IOWeight", SHARE),
    never("IODeviceWeight", SHARE),
    never("IOReadBandwidthMax", SHARE),
    never("IOWriteBandwidthMax", SHARE),
    never("IOReadIOPSMax", SHARE),
    never("IOWriteIOPSMax", SHARE),
    never("IPAddressAllow", ADDRESSES),
    never("IPAddressDeny", ADDRESSES),
    never("SocketBindAllow", ADDRESSES),
    never("SocketBindDeny", ADDRESSES),
    never("RestrictNetworkInterfaces", ADDRESSES),
    never("IPIngressFilterPath", ADDRESSES),
    never("IPEgressFilterPath", ADDRESSES),
    never("BPFProgram", ADDRESSES),
    always("DevicePolicy", "a device is there only if it was given"),
    each("DeviceAllow", values::device),
    unrelated("CPUAccounting"),
    unrelated("MemoryAccounting"),
    unrelated("TasksAccounting"),
    unrelated("IOAccounting"),
    unrelated("IPAccounting"),
    unrelated("Slice"),
    never("Delegate", "/sys/fs/cgroup is not there"),
    unrelated("ManagedOOMSwap"),
    unrelated("ManagedOOMMemoryPressure"),
    // systemd.service(5) and systemd.kill(5)
    last("RuntimeMaxSec", values::run_time),
    unrelated("Type"),
    unrelated("ExitType"),
    unrelated("RemainAfterExit"),
    unrelated("GuessMainPID"),
    unrelated("PIDFile"),
    unrelated("BusName"),
    unrelated("ExecStart"),
    unrelated("ExecStartPre"),
    unrelated("ExecStartPost"),
    unrelated("ExecCondition"),
    unrelated("ExecReload"),
    unrelated("ExecStop"),
    unrelated("ExecStopPost"),
    unrelated("RestartSec"),
    unrelated("Restart"),
    unrelated("RestartSteps"),
    unrelated("RestartMaxDelaySec"),
    unrelated("RestartPreventExitStatus"),
    unrelated("RestartForceExitStatus"),
    unrelated("SuccessExitStatus"),
    unrelated("TimeoutStartSec"),
    unrelated("TimeoutStopSec"),
    unrelated("TimeoutAbortSec"),
    unrelated("TimeoutSec"),
    unrelated("RuntimeRandomizedExtraSec"),
    unrelated("WatchdogSec"),
    unrelated("NotifyAccess"),
    unrelated("Sockets"),
    unrelated("FileDescriptorStoreMax"),
    unrelated("USBFunctionDescriptors"),
    unrelated("OOMPolicy"),
    unrelated("KillMode"),
    unrelated("KillSignal"),
    unrelated("SendSIGKILL"),
    unrelated("SendSIGHUP"),
    unrelated("FinalKillSignal"),
    unrelated("RestartKillSignal"),
    unrelated("WatchdogSignal"),
    never("RootDirectoryStartOnly", MANAGER),
    never("PermissionsStartOnly", MANAGER),
    never("NonBlocking", "descriptors are as the caller has them"),
];

fn protect_proc(draft: &mut Draft, by: &Assignment, _: &Unit<'_>) {
    match by.value.as_str() {
        "default" => (),
        _ => draft.always(by, "processes outside are not seen"),
    }
}

fn keyring(draft: &mut Draft, by: &Assignment, _: &Unit<'_>) {
    match by.value.as_str() {
        "private" | "shared" => draft.always(by, "the kernel's keys cannot be reached"),
        _ => draft.without(by, "the kernel's keys cannot be reached"),
    }
}

/// `yes`, or a list of those that are left.
fn namespaces(draft: &mut Draft, by: &Assignment, _: &Unit<'_>) {
    let on = ["yes", "true", "on", "1", "y", "t"].contains(&by.value.as_str());
    match on || by.value.starts_with('~') {
        true => draft.always(by, "no namespace can be made"),
        false => draft.without(by, "no namespace can be made all the same"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn each_key_once() {
        let names: BTreeSet<_> = KEYS.iter().map(|key| key.name).collect();
        assert_eq!(names.len(), KEYS.len());
    }
}
