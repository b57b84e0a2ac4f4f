//! Overlays.
//!
//! Layers are opened first and named to the kernel as `/proc/self/fd/N`. No host path is written into
//! the options, so none can be read back inside from `/proc/self/mountinfo`, and none needs escaping.

use super::child::{Fault, State};
use super::mounts::QUIET;
use super::read_back::verify_attributes;
use crate::outcome::Part;
use crate::plan::{Overlay, UpperLayer};
use aril_sys::file::{DescriptorPath, O_DIRECTORY, O_PATH};
use aril_sys::mount::{self, Attributes, Depth, Propagation};
use aril_sys::{Errno, Fd, file};
use core::ffi::CStr;

/// `OVERLAYFS_SUPER_MAGIC` of linux/magic.h.
const OVERLAY: u64 = 0x794c_7630;

type Done = Result<(), Fault>;

impl State<'_> {
    pub(super) fn overlay(&mut self, overlay: &Overlay) -> Done {
        let upper = self
            .open_upper(&overlay.upper)
            .map_err(Part::Source.fault())?;
        let attributes = if upper.is_none() {
            QUIET.and(Attributes::READ_ONLY)
        } else {
            QUIET
        };
        if !overlay.one_by_one {
            return self.overlay_by_options(overlay, upper, attributes);
        }
        let tree = layered(overlay, upper, attributes)?;
        verify_attributes(tree, attributes)?;
        if matches!(overlay.upper, UpperLayer::Temporary { .. }) {
            self.add_own_device(file::status(tree)?.device);
        }
        self.attach_directory(tree, &overlay.target)
    }

    /// The directories for changes and for the kernel's work, open.
    fn open_upper(&self, upper: &UpperLayer) -> Result<Option<(Fd, Fd)>, Errno> {
        let (base, changes, work) = match upper {
            UpperLayer::None => return Ok(None),
            UpperLayer::Kept { changes, work } => (Fd::CWD, changes, work),
            UpperLayer::Temporary { changes, work } => {
                let base = self.base()?;
                file::make_directory(base, changes, 0o755)?;
                file::make_directory(base, work, 0o755)?;
                (base, changes, work)
            }
        };
        Ok(Some((open_layer(base, changes)?, open_layer(base, work)?)))
    }

    /// `mount(2)` with a page of options, for kernels before 6.7.
    fn overlay_by_options(
        &mut self,
        overlay: &Overlay,
        upper: Option<(Fd, Fd)>,
        attributes: Attributes,
    ) -> Done {
        let mut options = Options {
            bytes: [0; 4096],
            length: 0,
        };
        options.add(b"userxattr,lowerdir=")?;
        for (index, path) in overlay.layers.iter().rev().enumerate() {
            let layer = open_layer(Fd::CWD, path).map_err(Part::Source.fault())?;
            options.add(if index == 0 { b"" } else { b":" })?;
            options.add(DescriptorPath::new(layer).as_c_str().to_bytes())?;
        }
        if let Some((changes, work)) = upper {
            options.add(b",upperdir=")?;
            options.add(DescriptorPath::new(changes).as_c_str().to_bytes())?;
            options.add(b",workdir=")?;
            options.add(DescriptorPath::new(work).as_c_str().to_bytes())?;
        }
        // `mount(2)` takes a path; that of the open target's descriptor leads to exactly that place.
        let place = self.open_target(&overlay.target, super::target::Missing::Directory(0o755))?;
        let path = DescriptorPath::new(place);
        mount::mount_by_options(c"overlay", path.as_c_str(), 0, options.text())
            .map_err(Part::Filesystem.fault())?;
        file::close(place)?;
        // Open it again: the old descriptor is on what is now covered.
        let mounted = self.open_inside(&overlay.target.path, O_PATH)?;
        if file::filesystem_magic(mounted)? != OVERLAY {
            return Err(Part::Verify.fault()(Errno::EPERM));
        }
        mount::set_attributes(mounted, Depth::One, attributes, Some(Propagation::Private))
            .map_err(Part::Attributes.fault())?;
        verify_attributes(mounted, attributes)?;
        if overlay.target.path.to_bytes() == b"." {
            self.root = Some(mounted);
            return Ok(());
        }
        Ok(file::close(mounted)?)
    }
}

/// Makes the overlay layer by layer, the uppermost first, as the kernel wants them.
fn layered(
    overlay: &Overlay,
    upper: Option<(Fd, Fd)>,
    attributes: Attributes,
) -> Result<Fd, Fault> {
    let context = mount::open_filesystem(c"overlay").map_err(Part::Filesystem.fault())?;
    mount::set_option(context, c"source", c"overlay").map_err(Part::Filesystem.fault())?;
    // Extended attributes in `user.`: `trusted.` is closed to user namespaces (Linux 5.11).
    mount::set_flag(context, c"userxattr").map_err(Part::Filesystem.fault())?;
    for path in overlay.layers.iter().rev() {
        let layer = open_layer(Fd::CWD, path).map_err(Part::Source.fault())?;
        let named = DescriptorPath::new(layer);
        mount::set_option(context, c"lowerdir+", named.as_c_str()).map_err(Part::Source.fault())?;
        file::close(layer)?;
    }
    if let Some((changes, work)) = upper {
        for (key, fd) in [(c"upperdir", changes), (c"workdir", work)] {
            mount::set_option(context, key, DescriptorPath::new(fd).as_c_str())
                .map_err(Part::Source.fault())?;
        }
    }
    mount::create_mount(context, attributes).map_err(Part::Filesystem.fault())
}

fn open_layer(base: Fd, path: &CStr) -> Result<Fd, Errno> {
    file::open(base, path, O_PATH | O_DIRECTORY, 0)
}

/// A page of mount options.
struct Options {
    bytes: [u8; 4096],
    length: usize,
}

impl Options {
    fn add(&mut self, text: &[u8]) -> Result<(), Errno> {
        let end = self.length + text.len();
        if end >= self.bytes.len() {
            return Err(Errno::E2BIG);
        }
        self.bytes[self.length..end].copy_from_slice(text);
        self.length = end;
        Ok(())
    }

    fn text(&self) -> &CStr {
        CStr::from_bytes_until_nul(&self.bytes).unwrap_or(c"")
    }
}
