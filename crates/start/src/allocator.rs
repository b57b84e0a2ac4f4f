//! An allocator that only hands out.
//!
//! The program makes a plan, launches it and waits: what it allocates it needs until the end, some
//! tens of kilobytes. Memory comes from the kernel in pieces that grow; the last allocation can grow
//! in place, which is what building a string or a vector does.

use core::alloc::{GlobalAlloc, Layout};
use core::cell::Cell;

struct Arena {
    next: Cell<usize>,
    end: Cell<usize>,
}

// SAFETY: the program has one thread; children that share its memory do not allocate.
unsafe impl Sync for Arena {}

#[global_allocator]
static ARENA: Arena = Arena {
    next: Cell::new(0),
    end: Cell::new(0),
};

/// The least that is asked of the kernel at once, in bytes.
const PIECE: usize = 128 * 1024;

impl Arena {
    fn refill(&self, least: usize) -> bool {
        let Some(size) = least.checked_next_multiple_of(PIECE) else {
            return false;
        };
        match aril_sys::child::map_memory(size) {
            Ok(address) => {
                self.next.set(address);
                self.end.set(address + size);
                true
            }
            Err(_) => false,
        }
    }
}

// SAFETY: every block is a fresh, aligned part of a mapping that is never given back.
unsafe impl GlobalAlloc for Arena {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        loop {
            let begin = self.next.get().next_multiple_of(layout.align());
            match begin.checked_add(layout.size()) {
                Some(end) if end <= self.end.get() => {
                    self.next.set(end);
                    return begin as *mut u8;
                }
                Some(_) if self.refill(layout.size().saturating_add(layout.align())) => (),
                _ => return core::ptr::null_mut(),
            }
        }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        if block as usize + layout.size() == self.next.get() {
            self.next.set(block as usize);
        }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        let begin = block as usize;
        if begin + layout.size() == self.next.get() && begin + size <= self.end.get() {
            self.next.set(begin + size);
            return block;
        }
        // SAFETY: the size is not zero and the alignment is unchanged, as the caller vouches.
        unsafe {
            let new = self.alloc(Layout::from_size_align_unchecked(size, layout.align()));
            if !new.is_null() {
                core::ptr::copy_nonoverlapping(block, new, layout.size().min(size));
            }
            new
        }
    }
}
