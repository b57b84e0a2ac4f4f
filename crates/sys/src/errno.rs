//! Error numbers, and the words for them.

use core::fmt;

/// An error number as the kernel returned it (`errno(3)`): 1 to 4095.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Errno(u16);

impl Errno {
    /// Wraps a positive error number.
    pub const fn new(number: u16) -> Self {
        Self(number)
    }

    /// The positive error number.
    pub const fn number(self) -> u16 {
        self.0
    }
}

macro_rules! named {
    ($($name:ident),* $(,)?) => {
        impl Errno {
            $(
                #[doc = concat!("`", stringify!($name), "`, see `errno(3)`.")]
                pub const $name: Self = Self(linux_raw_sys::errno::$name as u16);
            )*
        }

        impl fmt::Debug for Errno {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                match *self {
                    $(Self::$name => out.write_str(stringify!($name)),)*
                    Self(number) => write!(out, "errno {number}"),
                }
            }
        }
    };
}

named! {
    EACCES, EAGAIN, EBADF, EBUSY, ECHILD, ECONNRESET, EEXIST, EFAULT, EFBIG, EINTR, EINVAL, EIO, EISDIR, ELOOP,
    EMFILE, ENAMETOOLONG, ENFILE, ENODEV, ENOENT, ENOEXEC, ENOMEM, ENOSPC, ENOSYS, ENOTDIR,
    EOPNOTSUPP, EOVERFLOW, EPERM, EPIPE, ERANGE, EROFS, ESRCH, ESTALE, ETIMEDOUT, ETXTBSY, EUSERS, EXDEV, E2BIG,
}

impl fmt::Display for Errno {
    /// The C library's words for the number, such as `No such file or directory`.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match crate::words::words(self.0) {
            Some(words) => out.write_str(words),
            None => write!(out, "Unknown error {}", self.0),
        }
    }
}

impl std::error::Error for Errno {}

impl From<Errno> for std::io::Error {
    fn from(errno: Errno) -> Self {
        Self::from_raw_os_error(i32::from(errno.0))
    }
}
