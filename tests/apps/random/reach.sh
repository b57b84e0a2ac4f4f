# What is at each of the paths, and whether it can be written: lines as of the other look.
tab='	'
for path; do
    if [ -d "$path" ]; then
        mark=
        [ ! -f "$path/.mark" ] || read -r mark <"$path/.mark"
        writable=no
        if (: >"$path/.try") 2>/dev/null; then
            /usr/bin/rm "$path/.try"
            writable=yes
        fi
        # What is the sandbox's own is not written to, which the table says.
        echo "reach $path${tab}directory${mark:+ of $mark, written: $writable}"
    elif [ -e "$path" ]; then
        kind=other
        [ ! -f "$path" ] || kind=file
        [ ! -S "$path" ] || kind=socket
        writable=no
        [ ! -w "$path" ] || writable=yes
        echo "reach $path$tab$kind, written: $writable"
    else
        echo "reach $path${tab}nothing"
    fi
done
