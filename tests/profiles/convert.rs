//! `convert`: ImageMagick and ffmpeg see one input and write one output.

use crate::place::{Place, Ran, begins};
use crate::program;
use aril_tests::skip;
use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::thread;

/// A picture of the user's, which a foreign file names.
const PRIVATE: [&str; 4] = ["convert", "-size", "64x64", "xc:#123456"];
/// What a pixel of it is in the output, and what it is where the picture could not be read.
const TAKEN: &str = "#123456";

/// `--ro` for the input and `--rw` for the output's directory.
fn grants<'a>(input: &'a str, output: &'a str) -> [&'a str; 6] {
    ["--profile", "convert", "--ro", input, "--rw", output]
}

fn outputs(place: &Place) -> String {
    let path = place.project("out");
    fs::create_dir_all(&path).expect("make the output's directory");
    path
}

#[test]
fn imagemagick_reads_its_input_and_nothing_that_it_names() {
    skip::report("imagemagick", || {
        program("convert");
        let place = Place::new();
        let out = outputs(&place);
        let (input, output) = (place.project("in.png"), place.project("out/small.jpg"));
        place
            .outside(&["convert", "-size", "64x64", "gradient:red-blue", &input])
            .succeeded();
        let words = ["convert", &input, "-resize", "32x32", &output];
        place.inside(&grants(&input, &out), &words).succeeded();
        assert!(begins(&output, b"\xff\xd8\xff"));

        let private = place.home("private.png");
        place
            .outside(&[&PRIVATE[..], &[private.as_str()]].concat())
            .succeeded();
        let drawn = place.project("in.mvg");
        let mvg = format!(
            "push graphic-context\nviewbox 0 0 64 64\nfill white\nrectangle 0,0 64,64\n\
             image over 0,0 64,64 '{private}'\npop graphic-context\n"
        );
        Place::write(&drawn, &mvg);
        let result = place.project("out/drawn.png");
        let words = ["convert", &format!("mvg:{drawn}"), &result];
        place.inside(&grants(&drawn, &out), &words);
        assert!(!shows(&place, &result));
        place.outside(&words);
        assert!(shows(&place, &result), "control");
    });
}

/// Whether the picture that was made shows the private one.
fn shows(place: &Place, picture: &str) -> bool {
    let words = ["convert", picture, "-crop", "1x1+32+32", "txt:-"];
    Path::new(picture).exists() && place.outside(&words).succeeded().contains(TAKEN)
}

#[test]
fn ffmpeg_opens_its_input_and_nothing_that_it_names() {
    skip::report("ffmpeg", || {
        program("ffmpeg");
        let place = Place::new();
        let out = outputs(&place);
        let (input, output) = (place.project("in.mkv"), place.project("out/film.mp4"));
        let test = "testsrc=duration=1:size=64x64:rate=5";
        let make = |path: &str| ffmpeg(&place, &["-f", "lavfi", "-i", test, "-c:v", "mpeg4", path]);
        make(&input).succeeded();
        let arguments = ["-i", &input, "-c:v", "mjpeg", &output];
        place
            .inside(&grants(&input, &out), &words(&arguments))
            .succeeded();
        let bytes = fs::read(&output).expect("the film");
        assert!(bytes.get(4..8) == Some(b"ftyp"), "a film of that kind");

        // A list that names a film of the user's.
        let private = place.home("private.ts");
        make(&private).succeeded();
        let list = place.project("in.m3u8");
        let text =
            format!("#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{private}\n#EXT-X-ENDLIST\n");
        Place::write(&list, &text);
        let arguments = [
            "-i",
            &list,
            "-c:v",
            "mjpeg",
            &place.project("out/taken.mp4"),
        ];
        place
            .inside(&grants(&list, &out), &words(&arguments))
            .failed();
        ffmpeg(&place, &arguments).succeeded();

        // Nothing but the output's directory can be written, and of the project only the input is seen.
        let look = [
            "sh",
            "-c",
            "ls; echo x >> \"$1\"; echo x > beside; true",
            "sh",
            &input,
        ];
        let before = fs::read(&input).expect("the input");
        assert_eq!(
            place.inside(&grants(&input, &out), &look).succeeded(),
            "in.mkv\nout\n"
        );
        assert!(before == fs::read(&input).expect("the input"));
        assert!(!Path::new(&place.project("beside")).exists());
        assert_ne!(place.outside(&look).succeeded(), "in.mkv\nout\n");
        assert!(before != fs::read(&input).expect("the input"), "control");
    });
}

#[test]
fn ffmpeg_reaches_no_network() {
    skip::report("ffmpeg_reaches_no_network", || {
        program("ffmpeg");
        let place = Place::new();
        let out = outputs(&place);
        let listener = TcpListener::bind("127.0.0.1:0").expect("listen");
        let address = listener.local_addr().expect("an address");
        let arguments = ["-i", &format!("tcp://{address}"), "-f", "null", "-"];
        let refused = place
            .inside(&["--profile", "convert", "--rw", &out], &words(&arguments))
            .failed();
        assert!(refused.contains("Connection refused"), "{refused}");
        // Outside somebody answers, and has nothing to say.
        let server = thread::spawn(move || listener.accept().is_ok());
        let control = ffmpeg(&place, &arguments).failed();
        assert!(
            !control.contains("Connection refused"),
            "control: {control}"
        );
        assert!(server.join().expect("the server"), "control");
    });
}

fn words<'a>(arguments: &[&'a str]) -> Vec<&'a str> {
    let quiet = ["ffmpeg", "-nostdin", "-y", "-v", "error"];
    quiet.iter().chain(arguments).copied().collect()
}

fn ffmpeg(place: &Place, arguments: &[&str]) -> Ran {
    place.outside(&words(arguments))
}
