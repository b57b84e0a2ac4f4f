//! The names that pass. A `*` at the end stands for any rest.

/// Language, time zone, and who the user is.
const USER: &[&str] = &[
    "HOME", "USER", "USERNAME", "LOGNAME", "LANG", "LANGUAGE", "LC_*", "TZ", "PS1",
];

/// Terminals and what runs in them.
const TERMINAL: &[&str] = &[
    "TERM",
    "COLORTERM",
    "TERM_PROGRAM",
    "TERM_PROGRAM_VERSION",
    "VTE_VERSION",
    "KONSOLE_VERSION",
    "COLUMNS",
    "LINES",
    "NO_COLOR",
    "CLICOLOR*",
    "FORCE_COLOR",
    "LS_COLORS",
    "EDITOR",
    "VISUAL",
    "PAGER",
    "LESS",
    "BROWSER",
];

/// Which desktop and session this is, and how a new window comes to the front.
const DESKTOP: &[&str] = &[
    "XDG_CURRENT_DESKTOP",
    "XDG_SESSION_*",
    "XDG_MENU_PREFIX",
    "XDG_SEAT",
    "XDG_VTNR",
    "XDG_ACTIVATION_TOKEN",
    "DESKTOP_SESSION",
    "DESKTOP_STARTUP_ID",
    "GDMSESSION",
    "GNOME_DESKTOP_SESSION_ID",
    "GNOME_SHELL_SESSION_MODE",
    "GNOME_ACCESSIBILITY",
    "KDE_FULL_SESSION",
    "KDE_SESSION_VERSION",
    "KDE_APPLICATIONS_AS_SCOPE",
    "PLASMA_*",
    "KDE_DEBUG",
    "KDE_COLOR_DEBUG",
    "XCURSOR_SIZE",
    "XCURSOR_THEME",
    "WAYLAND_DEBUG",
];

/// Input methods and keyboards.
const INPUT: &[&str] = &[
    "XMODIFIERS",
    "GTK_IM_MODULE",
    "QT_IM_MODULE",
    "QT_IM_MODULES",
    "SDL_IM_MODULE",
    "GLFW_IM_MODULE",
    "CLUTTER_IM_MODULE",
    "INPUT_METHOD",
    "IBUS_*",
    "FCITX_*",
    "XKB_DEFAULT_*",
    "XCOMPOSEFILE",
];

/// Toolkits, browsers and media frameworks.
const TOOLKIT: &[&str] = &[
    "GTK_*",
    "GTK2_*",
    "GTK3_*",
    "GDK_*",
    "GSK_*",
    "ADW_*",
    "G_*",
    "GSETTINGS_*",
    "GIO_*",
    "GVFS_*",
    "CLUTTER_*",
    "COGL_*",
    "QT_*",
    "QT5_*",
    "QT6_*",
    "QML_*",
    "QML2_*",
    "QSG_*",
    "QUICK_*",
    "KIRIGAMI_*",
    "KIO_*",
    "ELM_*",
    "ECORE_*",
    "EVAS_*",
    "E_*",
    "WX_*",
    "FLTK_*",
    "AVALONIA_*",
    "ELECTRON_*",
    "MOZ_*",
    "CHROME_*",
    "WEBKIT_*",
    "JSC_*",
    "GST_*",
    "GI_*",
    "_JAVA_AWT_WM_NONREPARENTING",
    "J2D_*",
    "WINIT_*",
    "ICED_*",
    "WGPU_*",
    "SLINT_*",
    "LIBDECOR_*",
    "NO_AT_BRIDGE",
    "ACCESSIBILITY_ENABLED",
];

/// OpenGL, Vulkan, video decoding and computing.
const GRAPHICS: &[&str] = &[
    "MESA_*",
    "LIBGL_*",
    "GALLIUM_*",
    "ZINK_*",
    "NIR_*",
    "EGL_*",
    "GBM_*",
    "VK_*",
    "__GL_*",
    "__GLX_*",
    "__NV_*",
    "__VK_*",
    "__EGL_*",
    "DRI_*",
    "RADV_*",
    "ACO_*",
    "AMD_*",
    "ANV_*",
    "INTEL_*",
    "IRIS_*",
    "NVK_*",
    "NOUVEAU_*",
    "PAN_*",
    "TU_*",
    "LP_*",
    "R600_*",
    "RADEON_*",
    "vblank_mode",
    "LIBVA_*",
    "VDPAU_*",
    "VAAPI_*",
    "CUDA_*",
    "NVIDIA_*",
    "HSA_*",
    "HIP_*",
    "ROC_*",
    "ROCR_*",
    "OCL_*",
    "OPENCL_*",
    "RUSTICL_*",
    "ONEAPI_*",
    "ENABLE_VK*",
    "DISABLE_VK*",
    "VKBASALT_*",
    "ENABLE_VKBASALT",
    "DISABLE_LAYER_*",
    "ENABLE_LAYER_*",
    "FLATPAK_GL_DRIVERS",
    "LIBPLACEBO_*",
    "DISABLE_LSFG",
    "LSFG_*",
];

/// Sound.
const SOUND: &[&str] = &[
    "PULSE_*",
    "PIPEWIRE_*",
    "ALSA_*",
    "ALSOFT_*",
    "JACK_*",
    "AUDIODEV",
    "OPENAL_*",
];

/// Games and what runs those of other systems.
const GAMES: &[&str] = &[
    "SDL_*",
    "SDL2_*",
    "SDL3_*",
    "STEAM_*",
    "Steam*",
    "WINE*",
    "PROTON*",
    "UMU_*",
    "GAMEID",
    "STORE",
    "DXVK*",
    "VKD3D*",
    "D7VK_*",
    "MANGOHUD*",
    "GAMEMODE*",
    "GAMESCOPE*",
    "ENABLE_GAMESCOPE*",
    "ENABLE_HDR*",
    "DISABLE_HDR*",
    "PRESSURE_VESSEL_*",
    "LUTRIS_*",
    "HEROIC_*",
    "BOTTLES_*",
    "LIBRETRO_*",
    "RETROARCH_*",
    "OBS_VKCAPTURE*",
    "OBS_USE_EGL",
    "FNA3D_*",
    "FNA_*",
    "FAUDIO_*",
    "MONO_*",
    "UNITY_*",
    "GODOT_*",
    "BOX64_*",
    "BOX86_*",
    "FEX_*",
    "STRANGLE_*",
    "XR_*",
    "OXR_*",
    "XRT_*",
    "VR_*",
    "U_PACING_*",
    "EMULATE_*",
    "OMP_*",
    "GOMP_*",
    "STAGING_*",
];

/// Diagnostics.
const DIAGNOSTICS: &[&str] = &[
    "RUST_LOG",
    "RUST_BACKTRACE",
    "MALLOC_*",
    "GLIBC_TUNABLES",
    "DOTNET_*",
    "PYTHONUNBUFFERED",
];

/// Proxies; one with a password in it is left out.
pub(super) const PROXIES: &[&str] = &[
    "http_proxy",
    "https_proxy",
    "ftp_proxy",
    "all_proxy",
    "no_proxy",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "FTP_PROXY",
    "ALL_PROXY",
    "NO_PROXY",
];

const ALL: &[&[&str]] = &[
    USER,
    TERMINAL,
    DESKTOP,
    INPUT,
    TOOLKIT,
    GRAPHICS,
    SOUND,
    GAMES,
    DIAGNOSTICS,
    PROXIES,
];

/// Words of a name that speak of a secret, wherever they stand between underscores.
const SECRET_WORDS: &[&str] = &[
    "TOKEN",
    "TOKENS",
    "SECRET",
    "SECRETS",
    "PASSWORD",
    "PASSWORDS",
    "PASSWD",
    "PASS",
    "PASSPHRASE",
    "CREDENTIAL",
    "CREDENTIALS",
    "COOKIE",
    "COOKIES",
    "PRIVATE",
    "APIKEY",
    "AUTH",
    "LOGIN",
    "OAUTH",
    "JWT",
    "PIN",
    "SIGNATURE",
    "LICENSE",
];

/// Words that speak of a secret when they stand at the end.
const SECRET_ENDS: &[&str] = &["KEY", "KEYS", "PWD", "KEYID", "ACCOUNT"];

/// How a name passes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Listed {
    /// It is named.
    Exactly,
    /// Its beginning is named.
    Beginning,
    /// It is not named.
    No,
}

pub(super) fn listed(name: &str) -> Listed {
    let mut found = Listed::No;
    for pattern in ALL.iter().copied().flatten() {
        match pattern.strip_suffix('*') {
            None if name == *pattern => return Listed::Exactly,
            Some(beginning) if name.starts_with(beginning) => found = Listed::Beginning,
            _ => {}
        }
    }
    found
}

/// Whether a name speaks of a secret.
pub(super) fn speaks_of_secret(name: &str) -> bool {
    let name = name.to_ascii_uppercase();
    let last = name.rsplit('_').next().unwrap_or_default();
    name.split('_').any(|word| SECRET_WORDS.contains(&word))
        || SECRET_ENDS.iter().any(|end| last.ends_with(end))
        || ["PASSWORD", "SECRET", "TOKEN"]
            .iter()
            .any(|word| last.ends_with(word))
}
