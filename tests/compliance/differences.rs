//! Where the programs are known to differ from what the tests say, and why.
//!
//! Tests describe version 0.11.1 without its defects. So there are three kinds of rows: options
//! and texts younger than an original; defects of the original, where the test says what is safe;
//! and warts of the original that a test writes down and that ours leaves out on purpose.

use aril_tests::under_test::Program;

/// For which programs a test is listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Where {
    /// The originals before 0.MINOR.PATCH.
    OriginalBefore(u32, u32),
    /// Every original.
    Original,
    /// Ours.
    Ours,
}

impl Where {
    fn covers(self, program: Program) -> bool {
        match (self, program) {
            (Self::OriginalBefore(minor, patch), Program::Original { version }) => {
                version < (minor, patch)
            }
            (Self::Original, Program::Original { .. }) | (Self::Ours, Program::Ours) => true,
            _ => false,
        }
    }
}

/// Tests that must fail: name, program, reason.
#[rustfmt::skip]
pub(crate) const DIFFERENCES: &[(&str, Where, &str)] = &[
    ("argv0::it_names_the_command", Where::OriginalBefore(9, 0), "no --argv0"),
    ("argv0::it_needs_a_value", Where::OriginalBefore(9, 0), "no --argv0"),
    ("argv0::the_command_is_still_what_is_searched", Where::OriginalBefore(9, 0), "no --argv0"),
    ("argv0::twice_is_an_error", Where::OriginalBefore(9, 0), "no --argv0"),
    ("binds::wart_the_root_is_called_newroot", Where::Ours, "the root is a mount of its own"),
    ("binds::wart_a_bind_of_a_namespace_link_without_try_dies", Where::Ours, "the kernel follows the link, as the -try form does"),
    ("binds::submounts_that_may_refuse_get_the_flags_where_they_do_not", Where::OriginalBefore(12, 0), "no --not-a-security-boundary"),
    ("caps::a_drop_is_never_forgotten", Where::Original, "defect: capset failing with EPERM is ignored for root"),
    ("ids::ids_which_wrap_around_are_refused", Where::Original, "defect: 4294967296 becomes root"),
    ("ids::wart_ids_from_2147483648_are_refused", Where::Ours, "users have such ids"),
    ("ids::wart_an_id_which_wraps_around_is_root", Where::Ours, "root must be asked for by its name"),
    ("joining::standard_input_may_be_the_namespace", Where::OriginalBefore(11, 1), "descriptor 0 is silently ignored"),
    ("level_prefix::a_fatal_error_is_3", Where::OriginalBefore(11, 0), "no --level-prefix"),
    ("level_prefix::a_warning_is_4", Where::OriginalBefore(11, 0), "no --level-prefix"),
    ("level_prefix::errors_at_run_time_have_it_too", Where::OriginalBefore(11, 0), "no --level-prefix"),
    ("level_prefix::it_acts_from_where_it_stands", Where::OriginalBefore(11, 0), "no --level-prefix"),
    ("lock_file::the_command_never_runs_without_the_lock", Where::Original, "defect: forked before the lock is taken"),
    ("overlay::a_missing_source_is_fatal", Where::OriginalBefore(11, 0), "no overlays"),
    ("overlay::a_tmp_overlay_forgets_what_is_written", Where::OriginalBefore(11, 0), "no overlays"),
    ("overlay::an_overlay_is_nosuid_and_nodev", Where::Original, "defect: it is mounted without flags"),
    ("overlay::an_overlay_writes_to_its_upper_directory", Where::OriginalBefore(11, 0), "no overlays"),
    ("overlay::names_with_commas_colons_and_backslashes_work", Where::OriginalBefore(11, 0), "no overlays"),
    ("overlay::overlapping_directories_are_refused", Where::OriginalBefore(11, 0), "no overlays"),
    ("overlay::overlays_need_their_sources", Where::OriginalBefore(11, 0), "no overlays"),
    ("overlay::sources_must_be_followed_by_an_overlay", Where::OriginalBefore(11, 0), "no overlays"),
    ("overlay::the_first_source_is_the_bottom", Where::OriginalBefore(11, 0), "no overlays"),
    ("parser::help_names_the_options_since_0_9", Where::OriginalBefore(11, 0), "does not have them"),
    ("propagation::later_mounts_do_not_appear_under_a_read_only_bind", Where::Original, "defect: propagation is that of a slave"),
    ("warnings::wart_a_second_sync_descriptor_is_warned_about", Where::Ours, "all of them count, as since 0.13"),
    ("symlink::an_absolute_one_is_followed_inside_the_root", Where::Original, "defect: followed outside the new root"),
    ("symlink::another_link_is_an_error", Where::OriginalBefore(9, 0), "every existing target is an error"),
    ("symlink::anything_else_is_an_error", Where::OriginalBefore(9, 0), "every existing target is an error"),
    ("symlink::the_same_link_may_be_there_already", Where::OriginalBefore(9, 0), "every existing target is an error"),
    ("targets::a_symlink_in_a_writable_directory_stays_inside", Where::OriginalBefore(12, 0), "defect: CVE-2026-87766"),
    ("targets::dots_after_a_directory_stay_inside", Where::OriginalBefore(12, 0), "defect: `..` leads to the host"),
    ("targets::dots_in_a_target_stay_inside", Where::OriginalBefore(12, 0), "defect: `..` leads to the host"),
    ("texts::values_of_overlays_are_missing", Where::OriginalBefore(11, 0), "no overlays"),
];

/// Why a test must fail for a program, if it must.
pub(crate) fn reason(name: &str, program: Program) -> Option<&'static str> {
    let row = DIFFERENCES
        .iter()
        .find(|(test, place, _)| *test == name && place.covers(program));
    row.map(|(_, _, reason)| *reason)
}

/// Every row names a test that exists.
#[test]
fn rows_name_tests() {
    let exe = std::env::current_exe().expect("the path of the test program");
    let list = std::process::Command::new(exe)
        .args(["--list", "--format", "terse"])
        .output();
    let list = String::from_utf8(list.expect("list the tests").stdout).expect("names are text");
    for (name, _, _) in DIFFERENCES {
        let line = format!("{name}: test");
        assert!(
            list.lines().any(|known| known == line),
            "no test is called {name}"
        );
    }
}
