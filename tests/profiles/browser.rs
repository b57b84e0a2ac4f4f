//! `browser`: Chromium renders a page without a window.

use crate::place::{KEY, Place, begins, read};
use crate::program;
use aril_tests::skip;

const PAGE: &str = "<html><body><h1>pomegranate</h1></body></html>";

#[test]
fn chromium_renders_a_page_and_reads_no_key() {
    skip::report("browser", || {
        program("chromium");
        let place = Place::new();
        Place::write(&place.project("page/page.html"), PAGE);
        Place::write(&place.project("out/.keep"), "");
        let page = format!("file://{}", place.project("page/page.html"));
        let out = place.project("out");
        let profile = ["--profile", "browser", "--net", "none", "--rw", &out];
        let (pdf, png) = (place.project("out/page.pdf"), place.project("out/page.png"));
        let (print, shot) = (
            format!("--print-to-pdf={pdf}"),
            format!("--screenshot={png}"),
        );
        place.inside(&profile, &chromium(&print, &page)).succeeded();
        assert!(begins(&pdf, b"%PDF-"));
        place.inside(&profile, &chromium(&shot, &page)).succeeded();
        assert!(begins(&png, b"\x89PNG\r\n"));

        // A page that shows a file of the user's: what --dump-dom prints is what the page could read.
        let key = format!("file://{}", place.home(".ssh/id_ed25519"));
        let words = chromium("--dump-dom", &key);
        let seen = place.inside(&profile, &words).stdout();
        assert!(!seen.contains(KEY), "{seen}");
        let control = place.outside(&words).succeeded();
        assert!(control.contains(KEY), "control: {control}");
        assert_eq!(read(&place.project("page/page.html")), PAGE);
    });
}

/// Its own sandbox cannot be made in another; outside, root has to go without it too.
fn chromium<'a>(what: &'a str, address: &'a str) -> [&'a str; 5] {
    ["chromium", "--no-sandbox", "--headless", what, address]
}
