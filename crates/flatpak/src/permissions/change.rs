//! One change to permissions, whatever file or option it stands in.

use super::bus::{Bus, BusAccess, BusName};
use super::filesystem::FilesystemChange;
use super::kinds::{Device, Feature, Share, Socket};
use super::persist::PersistPath;
use super::policy::PolicyKey;
use super::switch::Flip;
use super::usb::UsbQuery;

/// One change to permissions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// A namespace.
    Share(Share, Flip),
    /// A socket.
    Socket(Socket, Flip),
    /// A group of devices.
    Device(Device, Flip),
    /// A feature.
    Feature(Feature, Flip),
    /// A place of the file system.
    Filesystem(FilesystemChange),
    /// A path of the home directory that is kept in the application's own directory.
    Persist(PersistPath),
    /// A variable set, or unset when there is no value.
    Environment(String, Option<String>),
    /// A name on a bus.
    Bus(Bus, BusName, BusAccess),
    /// A value of a generic policy, added or removed.
    Policy {
        /// Subsystem and key.
        key: PolicyKey,
        /// The value.
        value: String,
        /// Added, or removed.
        added: bool,
    },
    /// USB devices that the portal lists.
    UsbEnumerable(UsbQuery),
    /// USB devices that the portal hides, listed or not.
    UsbHidden(UsbQuery),
}
